"""Gold spans by predicted tokens."""

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bert_ext.heads.span_classifier import SuggesterFailed
from spacy_bert_ext.pipeline.spans.gold import SpanCounts, aligned, check_spans, gold_spans, summarize_spans
from spacy_bert_ext.spans.candidates import in_order
from tests.coded import raises_code

import numpy as np  # isort: skip


def make_example(nlp: Language, words: list[str], *spans: tuple[int, int, str], predicted: list[str] | None = None):
    gold = Doc(nlp.vocab, words=words)
    gold.spans["sc"] = [Span(gold, start, end, label=label) for start, end, label in spans]
    spaces = None if predicted is None else [False] * len(predicted)
    return Example(Doc(nlp.vocab, words=words if predicted is None else predicted, spaces=spaces), gold)


def test_spans_are_numbered_over_all_docs(nlp: Language) -> None:
    silent = Example(nlp.make_doc("not annotated"), nlp.make_doc("not annotated"))
    examples = [
        make_example(nlp, ["a", "b", "c"], (0, 2, "X"), (1, 2, "Y")),
        silent,
        make_example(nlp, ["d", "e"], (0, 1, "X"), (0, 1, "X")),
    ]
    gold = gold_spans(examples, "sc", ["X", "Y"])
    assert (gold.first.tolist(), gold.last.tolist(), gold.label.tolist()) == ([0, 1, 5], [1, 1, 5], [0, 1, 0])
    assert gold.is_annotated.tolist() == [True] * 3 + [False] * 2 + [True] * 2


def test_other_tokens_are_aligned_or_left_out(nlp: Language) -> None:
    gold = Doc(nlp.vocab, words=["New", "York", "City"], spaces=[True, True, False])
    predicted = Doc(nlp.vocab, words=["New York", "Ci", "ty"], spaces=[True, False, False])
    eg = Example(predicted, gold)
    places = [aligned(eg, Span(gold, start, end)) for start, end in ((0, 2), (2, 3), (0, 3), (0, 1), (1, 3))]
    assert places == [(0, 0), (1, 2), (0, 2), None, None]


def test_what_is_annotated_is_counted(nlp: Language) -> None:
    counts = SpanCounts()
    counts.add(make_example(nlp, ["a", "b", "c"], (0, 2, "X"), (1, 2, "Y"), (0, 3, "X")), "sc", None)
    counts.add(Example(nlp.make_doc("nothing"), nlp.make_doc("nothing")), "sc", None)
    assert (counts.n_examples, counts.n_unannotated, counts.longest) == (2, 1, 3)
    assert counts.spans == {"X": 2, "Y": 1}
    assert (counts.n_tokens, counts.n_firsts, counts.n_lasts) == (3, 2, 2)
    assert counts.n_candidates == 3 + 2 + 1
    assert summarize_spans(counts).faults == []


def test_what_can_not_be_learned_is_told(nlp: Language) -> None:
    def only_first(docs):
        return in_order(np.array([0]), np.array([1]))

    counts = SpanCounts()
    counts.add(make_example(nlp, ["a", "b", "c"], (0, 2, "X"), (1, 2, "Y")), "sc", only_first)
    gold = Doc(nlp.vocab, words=["ab", "c"], spaces=[False, False])
    gold.spans["sc"] = [Span(gold, 1, 2, label="X")]
    counts.add(Example(Doc(nlp.vocab, words=["abc"], spaces=[False]), gold), "sc", only_first)
    summary = summarize_spans(counts)
    assert [(fault.items, fault.fault) for fault in summary.faults] == [
        (["'c'"], "don't match the tokens"),
        (["'b'"], "are not among the suggester's candidates"),
    ]
    assert summary.counts == {"X": 2, "Y": 1} and counts.n_candidates == 2


def test_short_spans_count_if_the_suggester_fails(nlp: Language) -> None:
    def fails(docs):
        raise SuggesterFailed

    counts = SpanCounts()
    for _ in range(2):
        counts.add(make_example(nlp, ["a", "b", "c"], (0, 2, "X")), "sc", fails)
    assert isinstance(counts.failure, SuggesterFailed)
    assert (counts.n_candidates, counts.not_suggested) == (2 * (3 + 2 + 1), [])


def test_an_unknown_label_is_refused() -> None:
    nlp = spacy.blank("en")
    eg = make_example(nlp, ["a", "b"], (0, 1, "X"), (0, 2, "Z"))
    check_spans(eg, "sc", ["X", "Z"], "mine")
    check_spans(eg, "other", ["X"], "mine")
    with raises_code("B384", match="'Z', which 'mine' does not know. It has: X, Y"):
        check_spans(eg, "sc", ["X", "Y"], "mine")
