"""Whether a config, with what the command line adds, says where its corpora lie."""

import re

from thinc.api import Config

from ...errors import Errors

# Those that refuse to have no path, without saying which one.
_READERS = ("spacy.Corpus.v1", "spacy-bert-ext.ContextCorpus.v1")

_VARIABLE = re.compile(r"\$\{([\w.]+)\}")


def check_corpus_paths(config: Config) -> None:
    """config (Config): With variables.

    RAISES (ValueError): There is a corpus without a path; it names what is to be set.
    """
    filled = config.interpolate()
    missing = {}
    for part in ("train", "dev"):
        section, _, name = filled.get("training", {}).get(f"{part}_corpus", f"corpora.{part}").partition(".")
        block = filled.get(section, {}).get(name, {})
        if block.get("@readers") in _READERS and block.get("path") is None:
            variable = _VARIABLE.fullmatch(str(config[section][name].get("path")))
            missing[part] = variable[1] if variable else f"{section}.{name}.path"
    if missing:
        typed = " ".join(f"--{setting} {part}.spacy" for part, setting in missing.items())
        raise ValueError(Errors.B553.format(parts=", ".join(missing), typed=typed))
