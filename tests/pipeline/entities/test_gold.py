"""Gold entities: counted, numbered by predicted tokens, and those that can't be learned."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bert_ext.pipeline.entities.gold import (
    blank_ended_entities,
    check_entities,
    count_entities,
    gold_tokens,
    misaligned_entities,
    same_tokens,
    summarize_entities,
    tag_prior,
)
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.coded import raises_code

VOCAB = Vocab()


def example(words: list[str], ents: list[str] | None, predicted: list[str] | None = None) -> Example:
    """Words without spaces between them; `predicted` are the predicted tokens, if they differ."""
    gold = Doc(VOCAB, words=words, spaces=[False] * len(words), ents=ents)
    other = words if predicted is None else predicted
    return Example(Doc(VOCAB, words=other, spaces=[False] * len(other)), gold)


def numbers(*examples: Example) -> tuple[list[int], list[int]]:
    found = gold_tokens(examples, ("A", "B"), VOCAB.strings, "ner")
    return found.entity.tolist(), found.label.tolist()


def test_entities_are_numbered_and_tokens_without_annotation_missing() -> None:
    eg = example(["a", "b", "c", "d", "e"], ["B-B", "I-B", "O", "", "B-A"])
    entity, label = numbers(eg)
    assert len(set(entity[:2])) == 1 and entity[0] > 0 and entity[2] == 0 and entity[3] == MISSING
    assert entity[4] not in (0, MISSING, entity[0])
    assert (label[0], label[1], label[4]) == (1, 1, 0)


def test_tokens_that_differ_are_aligned() -> None:
    eg = example(["ab", "c"], ["B-A", "O"], ["a", "b", "c"])
    assert not same_tokens(eg)
    entity, _ = numbers(eg)
    assert entity[0] == entity[1] > 0 and entity[2] == 0


def test_nothing_is_nothing() -> None:
    assert numbers() == ([], []) and numbers(example([], None)) == ([], [])


def test_unknown_labels_are_refused() -> None:
    eg = example(["a"], ["B-X"])
    with raises_code("B029", match="'X'"):
        numbers(eg)
    with raises_code("B029", match="'X'.*'ner'"):
        check_entities(eg, ("A", "B"), "ner")
    check_entities(eg, ("X",), "ner")
    check_entities(example(["a"], ["O"]), (), "ner")


def test_what_no_run_of_tokens_matches_is_misaligned() -> None:
    eg = example(["ab", "c"], ["B-A", "B-B"], ["a", "bc"])
    assert [span.text for span in misaligned_entities(eg)] == ["ab", "c"]
    assert misaligned_entities(example(["ab", "c"], ["B-A", "O"])) == []


def test_counts_and_their_summary() -> None:
    blank = spacy.blank("en")("a  b")
    blank.ents = [Span(blank, 0, 2, "A")]
    egs = [
        example(["ab", "c"], ["B-A", "I-A"], ["a", "b", "c"]),
        example(["ab", "c"], ["B-B", "O"], ["a", "bc"]),
        example(["a"], None),
        Example(blank.copy(), blank),
    ]
    counts = count_entities(egs)
    assert (counts.n_examples, counts.n_unannotated) == (4, 1)
    assert counts.entities == {"A": 2, "B": 1} and counts.tokens["A"] == 3 + 2
    assert (
        [span.text for span in counts.blank_ended]
        == ["a  "]
        == [span.text for eg in egs for span in blank_ended_entities(eg)]
    )
    summary = summarize_entities(counts)
    assert (summary.counts, summary.n_unannotated) == ({"A": 2, "B": 1}, 1)
    faults = [(fault.items, fault.n_of, fault.in_training) for fault in summary.faults]
    assert faults == [(["'ab'"], 3, False), (["'a  '"], 3, False)]
    assert summarize_entities(count_entities(egs[:1])).faults == []


@pytest.mark.parametrize("scheme", ["BILUO", "BIO", "IO"])
def test_tags_of_a_class_share_its_frequency(scheme: str) -> None:
    tags = all_tags(2, scheme)
    prior = tag_prior(tags, np.array([10, 30, 60]), None)
    shares = np.exp(prior) / np.exp(prior).sum()
    assert [shares[tags.labels == label].sum() for label in (0, 1, -1)] == pytest.approx([0.1, 0.3, 0.6], abs=0.02)
    assert np.ptp(shares[tags.labels == 0]) == pytest.approx(0)
