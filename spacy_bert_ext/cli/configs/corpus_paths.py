"""Whether a config, with what the command line adds, says where its corpora lie, and whether they lie there."""

import re
from pathlib import Path

from thinc.api import Config

from ...errors import Errors
from ...training.corpora import check_spacy_files

# Those that refuse to have no path, without saying which one.
_READERS = ("spacy.Corpus.v1", "spacy-bert-ext.ContextCorpus.v1")

_VARIABLE = re.compile(r"\$\{([\w.]+)\}")


def check_corpus_paths(config: Config) -> None:
    """config (Config): With variables.

    RAISES (ValueError): There is a corpus without a path; it names what is to be set. Or no .spacy file is there.
    RAISES (FileNotFoundError): Nothing is there.
    """
    filled = config.interpolate()
    missing = {}
    for part in ("train", "dev"):
        section, _, name = filled.get("training", {}).get(f"{part}_corpus", f"corpora.{part}").partition(".")
        block = filled.get(section, {}).get(name, {})
        if block.get("@readers") not in _READERS:
            continue
        if block.get("path") is not None:
            check_spacy_files(Path(block["path"]))
        else:
            variable = _VARIABLE.fullmatch(str(config[section][name].get("path")))
            missing[part] = variable[1] if variable else f"{section}.{name}.path"
    if missing:
        typed = " ".join(f"--{setting} {part}.spacy" for part, setting in missing.items())
        raise ValueError(Errors.B553.format(parts=", ".join(missing), typed=typed))
