"""The fields that the Hugging Face hub reads of a model card: YAML at its head."""

import re
from collections.abc import Mapping
from typing import Any

from huggingface_hub import ModelCardData

# https://huggingface.co/docs/hub/repositories-licenses: the hub refuses a card with any other.
_LICENCES = """
afl-3.0 agpl-3.0 apache-2.0 apple-amlr apple-ascl artistic-2.0 bigcode-openrail-m bigscience-bloom-rail-1.0
bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc cc-by-2.0 cc-by-2.5
cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 cdla-permissive-1.0
cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 gfdl
gpl gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 openrail
openrail++ osl-3.0 other pddl postgresql unknown unlicense wtfpl zlib
"""
_NO_PART_OF_A_NAME = re.compile(r"[^a-z0-9.+]+|\blicen[cs]e\b")


def front_matter(meta: Mapping[str, Any], **fields: Any) -> str:
    """Language and licence of a pipeline, and other fields, between two lines of `---`.

    A licence that the hub has no id for is called "other", with its name in `license_name`.

    meta (Mapping[str, Any]): Of the pipeline: `lang` and, if it is known, `license`.
    fields: Such as `library_name`, `tags`, `pipeline_tag`; see `huggingface_hub.ModelCardData`.
    """
    language = "multilingual" if meta["lang"] == "xx" else meta["lang"]
    data = ModelCardData(language=language, **_licence(str(meta.get("license") or "")), **fields)
    return f"---\n{data.to_yaml()}\n---\n"


def _licence(given: str) -> dict[str, Any]:
    if not given:
        return {}
    name = "-".join(filter(None, _NO_PART_OF_A_NAME.split(given.lower())))
    if name in _LICENCES.split():
        return {"license": name}
    return {"license": "other", "license_name": name} if name else {"license": "other"}
