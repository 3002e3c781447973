"""Texts with summaries: gold sentences in `doc.spans["summary"]`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from ..errors import Errors
from .extracts import find_sentences
from .findings import Findings
from .rouge import greedy_summary, words_of
from .sources import Row, read_objects, shown, text_of, value_of

SPANS_KEY = "summary"
# A summary of which less is in the text was written anew.
LEAST_FOUND = 0.5


@dataclass(frozen=True)
class SummaryOptions:
    """abstractive: No summary is made of the text's sentences, though one may quote some."""

    abstractive: bool = False


def convert_summaries(path: Path, nlp: Language, options: SummaryOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each row of `text` and `summary`, cut into sentences by `nlp`.

    Gold are the sentences that the summary is made of; if it was written anew, those that `greedy_summary` finds.

    RAISES (ValueError): The file is of another format, or `nlp` finds no sentences. RAISES (OSError): It can't be read.
    """
    for row in read_objects(path):
        text, summary = text_of(row.place, row.values, "text"), _summary(row)
        empty = "text" if not text.strip() else "summary" if not summary.strip() else None
        if empty:
            findings.count("texts left out")
            findings.leave_out(row.place, f"the {empty} is empty")
            continue
        doc = nlp(text)
        if not doc.has_annotation("SENT_START"):
            raise ValueError(Errors.B484.format(pipeline=nlp.meta.get("name") or nlp.lang))
        sentences = list(doc.sents)
        chosen = _gold(row.place, sentences, summary, options=options, findings=findings)
        if not chosen:
            findings.count("texts left out")
            findings.leave_out(row.place, "no sentence of the text has words of the summary")
            continue
        findings.count("sentences", len(sentences))
        findings.count("sentences of summaries", len(chosen))
        yield _summarized(doc, [sentences[i] for i in chosen])


def _summary(row: Row) -> str:
    found = value_of(row.place, row.values, "summary")
    if isinstance(found, list) and all(isinstance(sentence, str) for sentence in found):
        return "\n".join(found)
    return text_of(row.place, row.values, "summary")


def _gold(place: str, sentences: list[Span], summary: str, *, options: SummaryOptions, findings: Findings) -> list[int]:
    if not options.abstractive:
        chosen, missing = find_sentences([sentence.text for sentence in sentences], summary)
        if not missing:
            findings.count("made of sentences")
            return chosen
        n_missing, n_all = sum(map(len, missing)), len("".join(summary.split()))
        if n_missing < LEAST_FOUND * n_all:
            findings.count("made of sentences, in part")
            findings.leave_out(place, f"not in the text: {shown(max(missing, key=len))}")
            return chosen
    findings.count("written anew")
    return greedy_summary([words_of(sentence.text) for sentence in sentences], words_of(summary))


def _summarized(doc: Doc, chosen: list[Span]) -> Doc:
    """The Doc with its sentences and no other annotation of the pipeline that found these."""
    words, spaces = [token.text for token in doc], [bool(token.whitespace_) for token in doc]
    sentence_starts: list[bool | int | None] = [token.is_sent_start for token in doc]
    gold = Doc(doc.vocab, words=words, spaces=spaces, sent_starts=sentence_starts)
    spans = [Span(gold, sentence.start, sentence.end, label="SUMMARY") for sentence in chosen]
    gold.spans[SPANS_KEY] = SpanGroup(gold, name=SPANS_KEY, spans=spans)
    return gold
