"""Questions with their answers: `doc._.questions`, and gold spans in `doc.spans["answers"]`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from ..pipeline.reading import key_of, user_data_of
from .findings import Findings
from .sources import shown
from .squad import AskedText, SourceAnswer, SourceQuestion, read_asked_texts

SPANS_KEY, EXTENSION = "answers", "questions"


@dataclass(frozen=True)
class QuestionOptions:
    """snap: Widen answers to the tokens that they touch.

    max_questions: Of a Doc; 0: all of a text. Each question of a Doc is encoded with the whole text beside it, which
        batches of training, that count the text alone, don't know of.
    """

    snap: bool = False
    max_questions: int = 1


def convert_questions(path: Path, nlp: Language, options: QuestionOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each text and up to `max_questions` of its questions, with all their answers that fit tokens.

    A question of which no answer can be kept is left out: without an answer it would say that the text has none.

    RAISES (ValueError): The file is of another format. RAISES (OSError): It can't be read.
    """
    names: set[str] = set()
    for text in read_asked_texts(path):
        findings.count("texts")
        usable = (question for question in text.questions if _is_usable(text, question, findings))
        answered = _with_spans(nlp.make_doc(text.context), usable, findings, snap=options.snap)
        while chunk := list(islice(answered, options.max_questions or None)):
            of_doc: set[str] = set()
            named = [(_name(one, of_doc if one.name is None else names, findings), one.text, at) for one, at in chunk]
            yield _asked_doc(nlp, text, named)


Place = tuple[int, int]


def _with_spans(
    doc: Doc, questions: Iterator[SourceQuestion], findings: Findings, *, snap: bool
) -> Iterator[tuple[SourceQuestion, list[Place]]]:
    """Each question that can be learned from, with first and last (exclusive) token of its answers."""
    for question in questions:
        places: dict[Place, None] = {}  # in their order, each once
        for answer in question.answers:
            place = answer_place(doc, answer, snap=snap)
            if isinstance(place, str):
                findings.count("answers left out")
                findings.leave_out(question.place, place)
            else:
                places[place] = None
        if question.answers and not places:
            findings.count("questions left out")
            continue
        findings.count("questions")
        findings.count("without an answer" if not places else "answers", max(len(places), 1))
        yield question, list(places)


def answer_place(doc: Doc, answer: SourceAnswer, *, snap: bool) -> Place | str:
    """Its first and last (exclusive) token, or why there are none. White space at its ends is no part of it."""
    text, start = answer
    context = doc.text
    if not text.strip():
        return "the answer is empty"
    if start < 0 or start + len(text) > len(context):
        return f"{shown(text)} at {start} is outside of the text of {len(context)} characters"
    found = context[start : start + len(text)]
    if found != text:
        return f"{shown(text)} is not at {start}: there the text has {shown(found)}"
    first = start + len(text) - len(text.lstrip())
    last = start + len(text.rstrip())
    span = doc.char_span(first, last, alignment_mode="expand" if snap else "strict")
    if span is None:
        touched = doc.char_span(first, last, alignment_mode="expand")
        tokens = "" if touched is None else f", which are {shown([token.text for token in touched])}"
        return f"{shown(text)} at {start} does not fit tokens{tokens}; `--snap` widens it to these"
    return span.start, span.end


def _is_usable(text: AskedText, question: SourceQuestion, findings: Findings) -> bool:
    fault = question.fault
    if not question.text.strip():
        fault = "the question is empty"
    elif not text.context.strip():
        fault = "the text is empty"
    if fault:
        findings.count("questions left out")
        findings.leave_out(question.place, fault)
    return not fault


def _name(question: SourceQuestion, taken: set[str], findings: Findings) -> str:
    """Its id, or the question itself if it has none; with a number behind it if another one has that name."""
    wanted = question.text if question.name is None else question.name
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    taken.add(name)
    if number > 1:
        findings.count("names changed")
    return name


def _asked_doc(nlp: Language, text: AskedText, asked: list[tuple[str, str, list[Place]]]) -> Doc:
    doc = nlp.make_doc(text.context)
    spans = [Span(doc, start, end, label=name) for name, _, places in asked for start, end in places]
    user_data_of(doc)[key_of(EXTENSION)] = {name: question for name, question, _ in asked}
    doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, spans=spans)
    return doc
