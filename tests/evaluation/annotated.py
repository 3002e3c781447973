"""Small annotated Docs, made in memory."""

from collections.abc import Sequence

import numpy as np
import spacy
from hypothesis import strategies as st
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example

from spacy_bert_ext.evaluation.matching import Match
from spacy_bert_ext.evaluation.span_sources import SpanSource, compare_spans
from spacy_bert_ext.pipeline.scores import define_score

VOCAB = spacy.blank("en").vocab
ENTITIES, GROUP = SpanSource(None), SpanSource("sc")


def compare(eg: Example, source: SpanSource = ENTITIES) -> list[Match] | None:
    return compare_spans(eg, source)


def compared(examples: Sequence[Example], source: SpanSource = ENTITIES) -> list[list[Match] | None]:
    return [compare_spans(eg, source) for eg in examples]


def set_group(doc: Doc, *spans: tuple[int, int, str], scores: Sequence[float] | None = None, key: str = "sc") -> None:
    """Spans in `doc.spans`: first token, the one after the last, label."""
    doc.spans[key] = SpanGroup(doc, spans=[Span(doc, start, end, label=label) for start, end, label in spans])
    if scores is not None:
        doc.spans[key].attrs["scores"] = np.array(scores, dtype=np.float32)


def make_group_example(
    gold: Sequence[tuple[int, int, str]] | None, predicted: Sequence[tuple[int, int, str]] | None, n_tokens: int = 10
) -> Example:
    """The same tokens with gold and predicted spans. None: no group."""
    docs = []
    for spans in (predicted, gold):
        docs.append(make_doc([f"w{i}" for i in range(n_tokens)]))
        if spans is not None:
            set_group(docs[-1], *spans)
    return Example(*docs)


def make_doc(words: list[str], ents: list[str] | None = None, cats: dict[str, float] | None = None) -> Doc:
    """ents (List[str]): BIO tags; "" where nothing is annotated. None: nowhere."""
    doc = Doc(VOCAB, words=words, ents=ents)
    doc.cats = cats or {}
    return doc


def make_example(
    gold: list[str] | None, predicted: list[str] | None = None, *, words: list[str] | None = None
) -> Example:
    """The same tokens with gold and predicted BIO tags."""
    words = [f"w{i}" for i in range(len(gold or predicted))] if words is None else words
    return Example(make_doc(words, predicted), make_doc(words, gold))


def make_cats_example(gold: dict[str, float], predicted: dict[str, float]) -> Example:
    return Example(make_doc(["a"], cats=predicted), make_doc(["a"], cats=gold))


def set_scores(doc: Doc, *scores: float) -> None:
    """`span._.score` of the Doc's entities."""
    define_score()
    for span, score in zip(doc.ents, scores, strict=True):
        span._.score = score


@st.composite
def tagged(draw: st.DrawFn, text: str, *, missing: bool) -> Doc:
    """The text in tokens of any lengths, with entities of any lengths."""
    cuts = sorted(draw(st.sets(st.integers(1, len(text) - 1))))
    words = [text[i:j] for i, j in zip([0, *cuts], [*cuts, len(text)])]
    tags: list[str] = []
    while len(tags) < len(words):
        label, size = draw(st.sampled_from(["A", "B", "C", "O", ""][: 5 if missing else 4])), draw(st.integers(1, 3))
        tags += [label] * size if label in ("O", "") else [f"B-{label}", *[f"I-{label}"] * (size - 1)]
    return Doc(VOCAB, words=words, spaces=[False] * len(words), ents=tags[: len(words)])


@st.composite
def wild_examples(draw: st.DrawFn) -> list[Example]:
    texts = draw(st.lists(st.sampled_from(["abcdefgh", "abcdefghijklmnop"]), min_size=1, max_size=4))
    return [Example(draw(tagged(text, missing=False)), draw(tagged(text, missing=True))) for text in texts]


@st.composite
def wild_group_examples(draw: st.DrawFn) -> list[Example]:
    """Spans that overlap and repeat, on tokens of other lengths, or none at all."""
    examples = draw(wild_examples())
    for doc in (doc for eg in examples for doc in (eg.predicted, eg.reference)):
        places = st.tuples(st.integers(0, len(doc) - 1), st.integers(1, 4), st.sampled_from("ABC"))
        spans = draw(st.none() | st.lists(places, max_size=6))
        if spans is not None:
            set_group(doc, *((start, min(start + size, len(doc)), label) for start, size, label in spans))
    return examples
