"""Write reference/api.md from the docstrings of what users call and configs name; `make docs` runs it."""

import configparser
import importlib
import inspect
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import spacy

import spacy_bert_ext
from spacy_bert_ext.pipeline.calibrated_head import CalibratedHead
from spacy_bert_ext.scale import Annotate

PAGE = Path(__file__).parent / "reference" / "api.md"
SETUP = Path(__file__).parents[1] / "setup.cfg"
REGISTRIES = {
    "spacy_architectures": "@architectures",
    "spacy_readers": "@readers",
    "spacy_batchers": "@batchers",
    "spacy_callbacks": "@callbacks",
    "spacy_scorers": "@scorers",
    "spacy_loggers": "@loggers",
    "thinc_optimizers": "@optimizers",
    "thinc_schedules": "@schedules",
}
ITEM = re.compile(r"^(RETURNS|RAISES|YIELDS|[a-z_*][\w*, ]*?)(?: \((.*?)\))?: (.*)")
MODULES = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z])")
QUOTED_TYPE = re.compile(r"(: |-> )'([\w\[\], |]+)'")  # of names that are imported for type checkers only
NO_VALUE = re.compile(r"<object object at \w+>")  # a default that stands for none given
MOST_CHARACTERS = 110
START = """# API

<!-- Generated from docstrings by `make docs`. -->

The functions of the package, the components that `nlp.get_pipe` returns, and the functions that configs name. The
settings of components stand in [settings](settings.md), the commands in [commands](commands.md).
[Extending](../guides/extending.md) lists the names for code that extends the package.
"""


CALLED = (
    "explain",
    "answer",
    "answer_many",
    "fill",
    "fill_many",
    "summarize",
    "predict_pairs",
    "categories",
    "temperature",
    "to",
)  # methods that users call


def api_page() -> str:
    parts = [START, "## Functions\n"]
    parts += [described(getattr(spacy_bert_ext, name), name) for name in spacy_bert_ext.__all__ if name[0] != "_"]
    parts.append(described(Annotate, "scale.Annotate"))
    shown: set[Callable[..., Any]] = set()
    parts += ["## All heads\n", *methods(CalibratedHead, "nlp.get_pipe(...)", shown)]
    parts.append("## Components\n")
    nlp = spacy.blank("en")
    for factory in registered("spacy_factories"):
        kind = type(nlp.create_pipe(factory))
        parts += [described(kind, factory, show_signature=False), *methods(kind, f'nlp.get_pipe("{factory}")', shown)]
    parts.append("## Functions that configs name\n")
    for group, registry in REGISTRIES.items():
        for name, place in registered(group).items():
            module, _, attribute = place.partition(":")
            parts.append(
                described(getattr(importlib.import_module(module), attribute), name, f"In configs: `{registry}`.\n")
            )
    return "\n".join(parts)


def registered(group: str) -> dict[str, str]:
    """Where each name of the group of entry points leads to."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(SETUP, encoding="utf8")
    lines = parser["options.entry_points"][group].strip().splitlines()
    return {name: place for name, _, place in (line.partition(" = ") for line in lines)}


def methods(kind: type, owner: str, shown: set[Callable[..., Any]]) -> list[str]:
    """Those that users call and that are not `shown` yet."""
    found = []
    for name in CALLED:
        method = getattr(kind, name, None)
        if method is not None and method not in shown:
            shown.add(method)
            found.append(described(method, f"{owner}.{name}", level=4))
    return found


def described(
    thing: Callable[..., Any], title: str, note: str = "", *, level: int = 3, show_signature: bool = True
) -> str:
    """Heading, signature, and the docstring as Markdown."""
    lines = [f"{'#' * level} `{title}`", ""]
    if show_signature:
        lines += ["```text", signature_of(thing, title), "```", ""]
    if note:
        lines.append(note)
    return "\n".join([*lines, *markdown(inspect.getdoc(thing) or "", inspect.signature(thing).parameters), ""])


def signature_of(thing: Callable[..., Any], title: str) -> str:
    """On one line, or with a line for each argument; types without the names of their modules."""
    signature = inspect.signature(thing)
    name = title.rpartition(".")[2] if not title.startswith("spacy-bert-ext") else thing.__name__
    arguments = [str(argument) for key, argument in signature.parameters.items() if key != "self"]
    keyword = [i for i, item in enumerate(signature.parameters.values()) if item.kind is item.KEYWORD_ONLY]
    if keyword:
        arguments.insert(keyword[0] - ("self" in signature.parameters), "*")
    returned = signature.return_annotation
    ending = "" if returned in (inspect.Signature.empty, None) else f" -> {inspect.formatannotation(returned)}"
    text = f"{name}({', '.join(arguments)}){ending}"
    if len(text) > MOST_CHARACTERS:
        text = f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){ending}"
    text = NO_VALUE.sub("...", MODULES.sub("", text))
    return QUOTED_TYPE.sub(r"\1\2", text).replace("'", '"')


def markdown(docstring: str, names: Collection[str]) -> Iterator[str]:
    """Arguments, RETURNS and RAISES become items of a list; what is indented without them becomes a block of text.

    names: Of the arguments.
    """
    inside = ""  # an "item" of the list, or a "block"
    before = ""
    for line in docstring.splitlines():
        item = ITEM.match(line)
        if inside == "block" and line and not line.startswith("    "):
            yield "```\n"
            inside = ""
        if item is not None and {*item[1].lstrip("*").split(", ")} <= {*names, "RETURNS", "RAISES", "YIELDS"}:
            kind = f" ({item[2]})" if item[2] else ""
            yield ("\n" if before and inside != "item" else "") + f"- **{item[1]}**{kind}: {item[3]}"
            inside = "item"
        elif inside == "item" and line.startswith("    "):
            yield f"  {line.strip()}"
        elif not inside and line.startswith("    "):
            yield f"```text\n{line}"
            inside = "block"
        elif line or before:
            inside = inside if inside == "block" else ""
            yield line
        before = line
    if inside == "block":
        yield "```"


if __name__ == "__main__":
    PAGE.write_text(api_page(), encoding="utf8")
