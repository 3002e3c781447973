import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bert_ext.pieces.document_context import set_contexts
from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1

VOCAB = Vocab()


def make_examples(*lengths: int, word: str = "the") -> list[Example]:
    """Examples of so many tokens each."""
    return [Example(Doc(VOCAB, words=[word] * length), Doc(VOCAB, words=[word] * length)) for length in lengths]


def batches_of(lengths: list[int], **settings) -> list[list[int]]:
    """Lengths of the examples of each batch, in a fixed order."""
    random.seed(0)
    batches = create_batch_by_pieces_v1(**settings)(make_examples(*lengths))
    return sorted([len(eg.predicted) for eg in batch] for batch in batches)


def test_docs_of_like_length_fill_a_budget_of_padded_pieces():
    # 2 2 take 4 of 6; a 3 beside them would make 3 times 3. 3 alone; a 5 beside it would make 10.
    assert batches_of([5, 2, 3, 2], max_batch_pieces=6) == [[2, 2], [3], [5]]
    assert batches_of([5, 2, 3, 2], max_batch_pieces=9) == [[2, 2, 3], [5]]
    assert batches_of([5, 2, 3, 2], max_batch_pieces=20) == [[2, 2, 3, 5]]


def test_a_doc_over_the_budget_is_a_batch_by_itself():
    assert batches_of([50, 1, 1], max_batch_pieces=10) == [[1, 1], [50]]


def test_a_long_doc_costs_its_windows():
    # 10 tokens in windows of 4 are three windows. With one more of a short Doc they are four, padded to 4.
    assert batches_of([10, 1], max_batch_pieces=15, window_pieces=4) == [[1], [10]]
    assert batches_of([10, 1], max_batch_pieces=16, window_pieces=4) == [[1, 10]]


def test_context_costs_what_it_takes_of_a_window():
    examples = make_examples(2, 2, 9)
    set_contexts([eg.predicted for eg in examples], 100)
    # With 3 pieces of context the short ones have 5 each, the long one 10, which is a window.
    batches = create_batch_by_pieces_v1(max_batch_pieces=10, window_pieces=10, context_pieces=3)(examples)
    assert sorted(len(batch) for batch in batches) == [1, 2]
    batches = create_batch_by_pieces_v1(max_batch_pieces=9, window_pieces=10, context_pieces=3)(examples)
    assert [len(batch) for batch in batches] == [1, 1, 1]
    with pytest.raises(ValueError, match="B012.*context_pieces"):
        create_batch_by_pieces_v1(context_pieces=-1)


def test_the_second_text_of_a_pair_costs_too(bert_folder):
    examples = make_examples(2, 2, 2, 5)
    for eg, second in zip(examples, ("the", Doc(VOCAB, words=["the"]), "the the the", None)):
        eg.reference.user_data["._.", "pair", None, None] = second
    for settings in ({"name": str(bert_folder), "max_batch_pieces": 10}, {"max_batch_pieces": 6}):
        random.seed(0)
        batches = create_batch_by_pieces_v1(**settings)(examples)
        # With or without special pieces: 3 and 3, and then 5 and 5, which don't fit into one batch.
        assert sorted([len(batch) for batch in batches]) == [1, 1, 2]


def test_docs_of_a_batch_are_limited():
    assert [len(batch) for batch in batches_of([1] * 7, max_batch_docs=3)] == [1, 3, 3]


def test_empty_docs_are_not_dropped():
    assert batches_of([0, 0, 2], max_batch_pieces=2) == [[0, 0], [2]]


def test_no_examples_make_no_batches():
    assert batches_of([]) == []


@given(
    st.lists(st.integers(0, 40), max_size=40),
    st.integers(1, 60),
    st.integers(1, 8),
    st.integers(1, 50),
    st.integers(1, 20),
)
def test_nothing_is_dropped_and_budgets_are_kept(lengths, max_batch_pieces, max_batch_docs, buffer_docs, window):
    examples = make_examples(*lengths)
    batcher = create_batch_by_pieces_v1(max_batch_pieces, max_batch_docs, buffer_docs, window)
    batches = list(batcher(examples))
    assert sorted(id(eg) for batch in batches for eg in batch) == sorted(id(eg) for eg in examples)
    for batch in batches:
        counts = [max(1, len(eg.predicted)) for eg in batch]
        padded = sum(-(-count // window) for count in counts) * min(max(counts), window)
        assert len(batch) == 1 or padded <= max_batch_pieces
        assert 1 <= len(batch) <= max_batch_docs


def order_of(seed: int, batcher, examples: list[Example]) -> list[list[int]]:
    random.seed(seed)
    numbers = {id(eg): i for i, eg in enumerate(examples)}
    return [[numbers[id(eg)] for eg in batch] for batch in batcher(examples)]


def test_batches_are_shuffled_anew_each_epoch_and_alike_for_a_seed():
    examples = make_examples(*(list(range(1, 20)) * 3))
    batcher = create_batch_by_pieces_v1(max_batch_pieces=40)
    first = order_of(1, batcher, examples)
    assert order_of(1, batcher, examples) == first
    assert order_of(2, batcher, examples) != first
    random.seed(1)
    assert [len(b) for b in batcher(examples)] != [len(b) for b in batcher(examples)]  # two epochs of one training
    longest = [max(len(examples[i].predicted) for i in batch) for batch in first]
    assert longest != sorted(longest)


def test_docs_of_equal_length_change_company():
    examples = make_examples(*[3] * 20)
    batcher = create_batch_by_pieces_v1(max_batch_pieces=6)
    companies = [{frozenset(batch) for batch in order_of(seed, batcher, examples)} for seed in (1, 2)]
    assert companies[0] != companies[1]


def test_buffers_are_taken_one_after_the_other():
    examples = make_examples(*range(1, 31))
    found = order_of(0, create_batch_by_pieces_v1(max_batch_pieces=60, buffer_docs=10), examples)
    numbers = [i for batch in found for i in batch]
    assert [set(numbers[start : start + 10]) for start in (0, 10, 20)] == [
        set(range(start, start + 10)) for start in (0, 10, 20)
    ]


def test_an_endless_corpus_is_read_buffer_by_buffer():
    taken = []

    def corpus() -> Iterator[Example]:
        for i in itertools.count():
            taken.append(i)
            yield make_examples(i % 5)[0]

    batches = create_batch_by_pieces_v1(buffer_docs=10)(corpus())
    next(batches)
    assert len(taken) == 10


def test_pieces_are_counted_with_the_checkpoints_tokenizer(roberta_folder):
    # "9876" is four digits and the space before them: five pieces, and two special ones around the Doc.
    examples = make_examples(1, 1, 2, word="9876")
    random.seed(0)
    with_name = {"name": roberta_folder, "window_pieces": 100}
    sizes = {
        budget: sorted(len(b) for b in create_batch_by_pieces_v1(max_batch_pieces=budget, **with_name)(examples))
        for budget in (13, 14, 35, 36)
    }
    # 7 pieces twice make 14; with the third, of 12 pieces, 36.
    assert sizes == {13: [1, 1, 1], 14: [1, 2], 35: [1, 2], 36: [3]}


def test_a_checkpoint_that_is_not_there_is_named_when_it_is_needed():
    batcher = create_batch_by_pieces_v1(name="/no/such/folder")
    with pytest.raises(ValueError, match="B001.*/no/such/folder"):
        next(batcher(make_examples(1)))


@pytest.mark.parametrize("setting", ["max_batch_pieces", "max_batch_docs", "buffer_docs", "window_pieces"])
def test_settings_below_one_are_refused(setting):
    with pytest.raises(ValueError, match=rf"B012.*`{setting} = 0`.*1 or more"):
        create_batch_by_pieces_v1(**{setting: 0})
    create_batch_by_pieces_v1(**{setting: 1})
