"""Blocks of configs: they can be parsed, and set only what our components have."""

import configparser
import inspect

from spacy.util import registry
from thinc.api import Config

from spacy_bert_ext.defaults import default_text
from tests.built import FACTORIES


def check_config(block: str) -> None:
    """RAISES (ValueError): It is no config; a section of one of our components has a setting that is not known."""
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string(block)
    for title, section in parser.items():
        for name, value in section.items():
            Config().from_str(f"[section]\n{name} = {value}", interpolate=False)
        kind, _, path = title.partition(".")
        factory, *rest = path.split(".")
        if kind == "components" and factory in FACTORIES:
            check_names(title, set(section), factory, rest, section)


def check_names(title: str, names: set[str], factory: str, path: list[str], section: configparser.SectionProxy) -> None:
    """The settings are those of the defaults, or arguments of the function that the section names."""
    known = known_names(factory, path)
    for group in ("architectures", "misc", "scorers", "layers"):
        function = section.get(f"@{group}")
        if function is not None:
            known = {f"@{group}", *known_arguments(group, function.strip('"'))}
    if known is not None and names - known:
        raise ValueError(f"[{title}] has no {sorted(names - known)}, but {sorted(known)}")


def known_names(factory: str, path: list[str]) -> set[str] | None:
    """None: the defaults have no such section, so that anything may stand in it."""
    text = "[components]\n[training]\n" + default_text(factory)
    block = Config().from_str(text, interpolate=False)["components"][factory]
    for name in path:
        if not isinstance(block, dict) or name not in block or block[name] is None:
            return None
        block = block[name]
    return {*block, "source", "component", "replace_listeners"} if isinstance(block, dict) else None


def known_arguments(group: str, name: str) -> set[str]:
    return set(inspect.signature(getattr(registry, group).get(name)).parameters)
