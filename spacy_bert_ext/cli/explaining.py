"""What `spacy bert explain` does: texts → explanations → tables, a page, numbers."""

import codecs
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from spacy.cli._util import import_code
from spacy.language import Language
from spacy.tokens import Doc, Span

from ..errors import Errors
from ..evaluation.span_sources import key_of
from ..explanation.explanation import Explanation
from ..explanation.methods import check_options
from ..explanation.page.html import render_page
from ..files.folders import check_outside, write_text_whole
from ..pipeline.answers import answers, heads_of
from ..pipeline.pairs.given import PAIR
from ..pipeline.reading import give, given_names
from ..runtime.progress import counted
from .explanation_tables import print_explanations, terminal
from .input_errors import INPUT_ERRORS, told
from .loading import load_pipeline
from .reported import fail, refuse_existing, warnings_in_lines

STDIN = "-"
JSON_SUFFIX = ".json"
QUESTIONS = ("explained_parts", "explained")  # that heads answer, see `HeadAnswers`
_NO_PAIRS = "nothing, since no head of the pipeline reads pairs"


class Question(NamedTuple):
    """What is asked.

    component: Name of a head; None for all that can be explained.
    label: What to explain instead of what was predicted; None for that.
    spans_key: Of the group in `doc.spans` that is explained instead of what was predicted; None for that.
    method, steps, baseline: As in `pipe.explain`.
    pair: The second text of each, for heads that read pairs.
    """

    component: str | None
    label: str | None
    spans_key: str | None
    method: str
    steps: int
    baseline: str
    pair: str | None = None


class Part(NamedTuple):
    """Something that a component predicted."""

    head: Any
    where: Doc | Span


def explain_to(
    pipeline: str,
    text: str | None,
    question: Question,
    *,
    file: str | None,
    output_path: Path | None,
    as_json: bool,
    gpu_id: int,
    code_path: Path | None,
    force: bool,
) -> None:
    """Print tables or, with `as_json`, the numbers; write a page, or the numbers to a file that ends in .json."""
    import_code(code_path)
    if output_path is not None:
        refuse_existing(output_path, force, printer=terminal())
    try:
        if output_path is not None:
            check_outside(output_path)
        check_options(question.method, question.steps, question.baseline)
        texts = read_texts(text, file)
        nlp = load_pipeline(pipeline, gpu_id)
        with nullcontext() if as_json else warnings_in_lines():  # numbers alone, on the standard output
            explanations = explain_texts(nlp, texts, question)
        if output_path is not None:
            is_json = output_path.suffix.lower() == JSON_SUFFIX
            page = _numbers(explanations) + "\n" if is_json else render_page(explanations, title=_title(nlp))
            write_text_whole(output_path, page)
    except INPUT_ERRORS as error:
        fail(told(error), printer=terminal())
    if as_json:
        print(_numbers(explanations, sys.stdout.encoding or "ascii"))
        return
    print_explanations(explanations)
    if output_path is not None:
        terminal().good(f"Wrote {output_path}, explanations: {len(explanations):,}")


def _numbers(explanations: Sequence[Explanation], encoding: str = "utf-8") -> str:
    """JSON. Where not all characters can be written, those beyond ASCII are escaped."""
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    found = [explanation.to_json() for explanation in explanations]
    return json.dumps(found, ensure_ascii=not is_utf8, allow_nan=False, indent=2)


def read_texts(text: str | None, file: str | None) -> list[str]:
    """The text, or each line of a file, or of standard input, that is not blank; those that come twice once.

    RAISES (ValueError): Neither is given, or both, or there is no text, or the file is not UTF-8.
    """
    if (text is None) == (file is None):
        raise ValueError(Errors.B399.format(found="No text" if text is None else "A text and a file"))
    if file is None:
        texts = [str(text)]
    else:
        texts = _content_of(file).splitlines()
    texts = [one for one in dict.fromkeys(texts) if one.strip()]
    if not texts:
        raise ValueError(Errors.B399.format(found="Nothing but white space"))
    return texts


def _content_of(file: str) -> str:
    try:
        return sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        name = "The standard input" if file == STDIN else file
        raise ValueError(Errors.B420.format(file=name, reason=error.reason, place=error.start)) from error


def explain_texts(nlp: Language, texts: Sequence[str], question: Question) -> list[Explanation]:
    """RAISES (ValueError): No component can be explained, nothing is predicted, or `pipe.explain` refuses."""
    heads = chosen_heads(nlp, question)
    docs = nlp.pipe(docs_of(nlp, texts, question.pair))
    parts = [part for doc in docs for part in _parts_of(doc, heads.values(), question)]
    if not parts:
        key, names = question.spans_key, ", ".join(heads)
        reason = (
            f"{names} predicted nothing"
            if key is None
            else f"no spans with labels of {names} stand in `doc.spans[{key!r}]`"
        )
        raise ValueError(Errors.B398.format(n_texts=len(texts), reason=reason))
    return [
        part.head.explain(
            part.where,
            label=question.label,
            method=question.method,
            steps=question.steps,
            baseline=question.baseline,
        )
        for part in counted(parts, "Explaining", len(parts), "predictions")
    ]


def docs_of(nlp: Language, texts: Iterable[str], pair: str | None) -> Iterator[Doc]:
    """RAISES (ValueError): A second text, and no head that reads pairs."""
    if pair is not None and PAIR not in given_names(nlp):
        raise ValueError(Errors.B451.format(of="these texts", what="`--pair`", found=repr(pair), allowed=_NO_PAIRS))
    for text in texts:
        doc = nlp.make_doc(text)
        if pair is not None:
            give(doc, PAIR, pair)
        yield doc


def chosen_heads(nlp: Language, question: Question) -> dict[str, Any]:
    """The heads that are asked, by name: the one that is named, or all that can be explained and have the label.

    RAISES (ValueError): There are none, or the one that is named is none, or has no answer.
    """
    heads = heads_of(nlp)
    if question.component is not None:
        if question.component not in heads:
            raise ValueError(Errors.B045.format(found=question.component, heads=", ".join(heads) or "none"))
        head = heads[question.component]
        for question_of_head in QUESTIONS:
            if not answers(head, question_of_head):
                head.refuse(question_of_head)
        return {question.component: head}
    found: dict[str, Any] = {name: head for name, head in heads.items() if all(answers(head, one) for one in QUESTIONS)}
    if question.spans_key is not None:
        found = {name: head for name, head in found.items() if key_of(nlp, name) is not None}
    known = {name: head for name, head in found.items() if question.label in (None, *head.explained_labels)}
    if found and not known:
        labels = dict.fromkeys(label for head in found.values() for label in head.explained_labels)
        raise ValueError(Errors.B010.format(found=question.label, setting="--label", allowed=", ".join(labels)))
    if not known:
        which = "" if question.spans_key is None else " and sets `doc.spans`"
        raise ValueError(Errors.B397.format(which=which, pipes=", ".join(nlp.pipe_names) or "nothing"))
    return known


def _parts_of(doc: Doc, heads: Iterable[Any], question: Question) -> Iterator[Part]:
    for head in heads:
        found = head.explained_parts(doc) if question.spans_key is None else _spans_of(doc, head, question)
        yield from (Part(head, where) for where in found)


def _spans_of(doc: Doc, head: Any, question: Question) -> list[Span]:
    """Those of the group. If no head is named, each head gets those that have one of its labels, or none."""
    is_asked = question.label is not None or question.component is not None
    return [
        span
        for span in doc.spans.get(question.spans_key, ())
        if is_asked or span.label_ in ("", *head.explained_labels)
    ]


def _title(nlp: Language) -> str:
    return f"Explanations of {nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']}"
