"""The table of converters, and a conversion from file to file."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import spacy
import tqdm
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from ..errors import Errors
from ..files.folders import file_written_whole
from .findings import Findings
from .pairs import PairOptions, convert_pairs
from .questions import QuestionOptions, convert_questions
from .summaries import SummaryOptions, convert_summaries

SUFFIX = ".spacy"
SHOWN_AFTER = 2  # seconds, from which on there is a bar


@dataclass(frozen=True)
class Converter:
    """convert: From a file, a pipeline and options to Docs.

    options: A dataclass, whose fields are the command's options that belong to this task.
    needs_sentences: Whether the pipeline has to find sentences.
    """

    convert: Callable[[Path, Language, Any, Findings], Iterator[Doc]]
    options: type
    needs_sentences: bool = False


CONVERTERS = {
    "qa": Converter(convert_questions, QuestionOptions),
    "summaries": Converter(convert_summaries, SummaryOptions, needs_sentences=True),
    "pairs": Converter(convert_pairs, PairOptions),
}


def convert_file(
    source: Path, target: Path, task: str, *, lang: str, pipeline: str | None, given: Mapping[str, Any]
) -> Findings:
    """Write the Docs of a file of data. The target is written whole, in place of one that is there, or not at all.

    pipeline: Whose tokens and sentences the Docs have; None: those of the language.
    given: Options of the command, of those that were given.
    RAISES (ValueError): A task or option that is unknown, a file of another format, or one without anything to keep.
    RAISES (OSError): What can't be read or written.
    """
    converter = _converter(task)
    options = _options(task, converter, given)
    if target.suffix != SUFFIX or target.is_dir():
        raise ValueError(Errors.B479.format(path=target))
    nlp = _pipeline(lang, pipeline, needs_sentences=converter.needs_sentences)
    findings = Findings()
    docs = DocBin(store_user_data=True)
    converted = converter.convert(source, nlp, options, findings)
    for doc in tqdm.tqdm(converted, unit=" Docs", leave=False, file=sys.stderr, delay=SHOWN_AFTER):
        docs.add(doc)
    if not len(docs):
        fault = findings.faults[0] if findings.faults else None
        reason = f"{fault.place}: {fault.reason}" if fault else "it holds nothing"
        raise ValueError(Errors.B483.format(path=source, n_faults=len(findings.faults), reason=reason))
    findings.count("Docs", len(docs))
    with file_written_whole(target) as file:
        docs.to_disk(file)
    return findings


def _converter(task: str) -> Converter:
    if task not in CONVERTERS:
        raise ValueError(Errors.B478.format(found=task, allowed=", ".join(CONVERTERS)))
    return CONVERTERS[task]


def _options(task: str, converter: Converter, given: Mapping[str, Any]) -> Any:
    known = {field.name for field in fields(converter.options)}
    foreign = next((name for name in given if name not in known), None)
    if foreign is not None:
        tasks = [name for name, one in CONVERTERS.items() if foreign in {field.name for field in fields(one.options)}]
        option = "--" + foreign.replace("_", "-")
        raise ValueError(Errors.B485.format(option=option, task=task, allowed=", ".join(tasks)))
    return converter.options(**given)


def _pipeline(lang: str, pipeline: str | None, *, needs_sentences: bool) -> Language:
    if pipeline is not None:
        return spacy.load(pipeline)
    nlp = spacy.blank(lang)
    if needs_sentences:
        nlp.add_pipe("sentencizer")
    return nlp
