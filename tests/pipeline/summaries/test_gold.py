"""Which sentences gold spans are, whatever the tokens."""

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.pieces.sentences import sentences_of
from spacy_bert_ext.pipeline.summaries.gold import (
    IN_SUMMARY,
    NOT_IN_SUMMARY,
    count_summaries,
    gold_numbers,
    gold_of,
    take_sentences,
)
from tests.pipeline.summaries.summarized import make_examples, with_sentences

TEXT = "A cat sat . The dog barked loudly . Fish swim ."


def example(nlp: Language, *spans: tuple[int, int], key: str = "summary") -> Example:
    gold = nlp.make_doc(TEXT)
    gold.spans[key] = [gold[start:end] for start, end in spans]
    return Example(with_sentences(nlp, TEXT), gold)


def gold_in(eg: Example) -> tuple[list[bool], list[str]]:
    found = gold_of(eg, sentences_of([eg.predicted], "x"), "summary")
    return found.is_gold.tolist(), [span.text for span in found.unfit]


@pytest.mark.parametrize(
    ("spans", "is_gold", "unfit"),
    [
        ([(0, 4)], [True, False, False], []),
        ([(0, 3), (9, 12)], [True, False, True], []),  # most of a sentence
        ([(0, 2)], [False, False, False], ["A cat"]),  # a half is not most
        ([(0, 9)], [True, True, False], []),
        ([(0, 2), (2, 4)], [True, False, False], []),  # together
        ([], [False, False, False], []),
    ],
)
def test_a_sentence_is_gold_if_most_of_it_is(nlp: Language, spans: list, is_gold: list, unfit: list) -> None:
    assert gold_in(example(nlp, *spans)) == (is_gold, unfit)


def test_gold_tokens_may_be_others(nlp: Language) -> None:
    gold = Doc(nlp.vocab, words=["A cat", "sat", ".", "The", "dog", "barked loudly", ".", "Fish", "swim", "."])
    gold.spans["summary"] = [gold[0:3], gold[7:10]]
    assert gold_in(Example(with_sentences(nlp, TEXT), gold)) == ([True, False, True], [])


def test_numbers_of_several_docs(nlp: Language) -> None:
    examples = [example(nlp, (0, 4)), example(nlp, (0, 4), key="other"), example(nlp)]
    numbers = gold_numbers(examples, sentences_of([eg.predicted for eg in examples], "x"), "summary")
    np.testing.assert_array_equal(numbers, [1, 0, 0, np.nan, np.nan, np.nan, 0, 0, 0])


def test_sentences_of_the_gold_doc_are_taken_where_there_are_no_others(nlp: Language) -> None:
    without, with_gold = make_examples(nlp)[0], make_examples(nlp, gold_sentences=True)[0]
    take_sentences(without)
    take_sentences(with_gold)
    assert not without.predicted.has_annotation("SENT_START")
    assert [span.start for span in with_gold.predicted.sents] == [0, 5, 9, 14]
    predicted = example(nlp).predicted
    take_sentences(Example(predicted, nlp.make_doc(TEXT)))
    assert len(list(predicted.sents)) == 3


def test_counts_and_faults(nlp: Language) -> None:
    examples = [*make_examples(nlp), *make_examples(nlp, "other"), example(nlp, (0, 2))]
    counts = count_summaries(examples, "summary", "x")
    assert (counts.n_examples, counts.n_unannotated, counts.n_gold, counts.n_other) == (7, 3, 4, 7)
    assert not examples[0].predicted.has_annotation("SENT_START")
    summary = counts.summary()
    assert summary.counts == {IN_SUMMARY: 4, NOT_IN_SUMMARY: 7} and summary.n_unannotated == 3
    (fault,) = summary.faults
    assert fault.items == ["'A cat'"] and fault.n_of == 5
    assert counts.hint("summary") == (
        'sentences in `doc.spans["summary"]`; the Docs have `doc.spans["other"]`, which `spans_key` can name'
    )


def test_nothing_is_annotated(nlp: Language) -> None:
    counts = count_summaries([example(nlp)], "summary", "x")
    assert counts.summary().counts == {} and counts.summary().faults == []
    assert counts.hint("summary") == 'sentences in `doc.spans["summary"]`'
