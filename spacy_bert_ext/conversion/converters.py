"""The table of tasks: what makes their Docs of a file, and which labels a Doc has."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ..errors import Errors
from .categories import categories_of, convert_exclusive, convert_multilabel
from .docs_of_records import RecordOptions
from .entities import convert_entities
from .findings import Findings
from .pairs import PairOptions, categories_of_pairs, convert_pairs
from .questions import SPANS_KEY as ANSWERS
from .questions import QuestionOptions, convert_questions
from .span_groups import SpanOptions, convert_spans
from .summaries import SummaryOptions, convert_summaries

ANSWERED, UNANSWERED = "with an answer", "without an answer"
MAX_CHARACTERS = 10**9  # of a text: spaCy's limit of a million is for its parser


def entity_labels(doc: Doc) -> list[str]:
    return [entity.label_ for entity in doc.ents]


def span_labels(doc: Doc) -> list[str]:
    return [span.label_ for group in doc.spans.values() for span in group]


def category_labels(doc: Doc) -> list[str]:
    return [category for category, value in doc.cats.items() if value >= 1]


def question_labels(doc: Doc) -> list[str]:
    """Whether there is an answer: spans are labelled with the names of questions."""
    return [ANSWERED if doc.spans[ANSWERS] else UNANSWERED] if ANSWERS in doc.spans else []


def no_labels(doc: Doc) -> list[str]:
    """Of summaries, whose spans have one label."""
    return []


@dataclass(frozen=True)
class Converter:
    """convert: From a file, a pipeline and options to Docs.

    options: A dataclass, whose fields are the command's options that belong to this task.
    labels_of: What stands on a Doc, each as often as it stands there: counted, and shared out evenly among parts.
    needs_sentences: Whether the pipeline has to find sentences.
    categories_of: From the files of all parts of the data and options to their categories, which the options take.
    """

    convert: Callable[[Path, Language, Any, Findings], Iterator[Doc]]
    options: type
    labels_of: Callable[[Doc], list[str]]
    needs_sentences: bool = False
    categories_of: Callable[[Iterable[Path], Any], tuple[str, ...]] | None = None


CONVERTERS = {
    "ner": Converter(convert_entities, RecordOptions, entity_labels),
    "spans": Converter(convert_spans, SpanOptions, span_labels),
    "textcat": Converter(convert_exclusive, RecordOptions, category_labels, categories_of=categories_of),
    "textcat_multilabel": Converter(convert_multilabel, RecordOptions, category_labels, categories_of=categories_of),
    "qa": Converter(convert_questions, QuestionOptions, question_labels),
    "summaries": Converter(convert_summaries, SummaryOptions, no_labels, needs_sentences=True),
    "pairs": Converter(convert_pairs, PairOptions, category_labels, categories_of=categories_of_pairs),
}


def converter_of(task: str) -> Converter:
    """RAISES (ValueError): There is none for the task."""
    if task not in CONVERTERS:
        raise ValueError(Errors.B478.format(found=task, allowed=", ".join(CONVERTERS)))
    return CONVERTERS[task]


def options_of(task: str, given: Mapping[str, Any]) -> Any:
    """The task's options.

    given: Those of the command that were given.
    RAISES (ValueError): One belongs to other tasks.
    """
    known = _option_names(CONVERTERS[task])
    foreign = next((name for name in given if name not in known), None)
    if foreign is not None:
        tasks = [name for name, one in CONVERTERS.items() if foreign in _option_names(one)]
        raise ValueError(Errors.B485.format(option=options_told([foreign]), task=task, allowed=", ".join(tasks)))
    return CONVERTERS[task].options(**given)


def options_told(names: Iterable[str]) -> str:
    """As on the command line."""
    return ", ".join("--" + name.replace("_", "-") for name in names)


def pipeline_of(lang: str, pipeline: str | None, *, needs_sentences: bool) -> Language:
    """pipeline: Whose tokens and sentences the Docs have; None: those of the language."""
    if pipeline is not None:
        nlp = spacy.load(pipeline)
    else:
        nlp = spacy.blank(lang)
        if needs_sentences:
            nlp.add_pipe("sentencizer")
    nlp.max_length = max(nlp.max_length, MAX_CHARACTERS)
    return nlp


def _option_names(converter: Converter) -> set[str]:
    return {field.name for field in fields(converter.options)}
