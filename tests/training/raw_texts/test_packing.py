"""Windows of whole sentences."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.training.raw_texts.packing import Packer, Tokenized

Sentences = Sequence[Sequence[int]]  # pieces of each token


def tokens_of(texts: Sequence[Sentences], first: int = 0) -> Tokenized:
    """Tokens with the numbers from `first` on as keys."""
    pieces = [n for text in texts for sentence in text for n in sentence]
    sentence_starts = [i == 0 for text in texts for sentence in text for i in range(len(sentence))]
    text_starts = [i == j == 0 for text in texts for i, sentence in enumerate(text) for j in range(len(sentence))]
    return Tokenized(
        keys=np.arange(first, first + len(pieces), dtype=np.uint64),
        words=[],
        spaces=np.ones(len(pieces), np.bool_),
        n_pieces=np.array(pieces, dtype=np.int64),
        sentence_starts=np.array(sentence_starts, dtype=np.bool_),
        text_starts=np.array(text_starts, dtype=np.bool_),
    )


def pack(chunks: Sequence[Tokenized], room: int, *, across_texts: bool = True) -> list[list[int]]:
    """Keys of the tokens of each window."""
    packer = Packer(room, across_texts=across_texts)
    windows = [window for chunk in chunks for window in packer.add(chunk)] + list(packer.close())
    return [[key for run in window for key in run.tokens.keys[run.start : run.end].tolist()] for window in windows]


def test_sentences_fill_windows_and_are_not_cut() -> None:
    texts = [[[1, 1], [1]], [[2], [1, 1]]]
    assert pack([tokens_of(texts)], 3) == [[0, 1, 2], [3], [4, 5]]
    assert pack([tokens_of(texts)], 4) == [[0, 1, 2], [3, 4, 5]]
    assert pack([tokens_of(texts)], 5) == [[0, 1, 2, 3], [4, 5]]
    assert pack([tokens_of(texts)], 4, across_texts=False) == [[0, 1, 2], [3, 4, 5]]
    assert pack([tokens_of(texts)], 7, across_texts=False) == [[0, 1, 2], [3, 4, 5]]


def test_a_long_sentence_is_cut_between_tokens_and_its_rest_stays_open() -> None:
    assert pack([tokens_of([[[1], [2, 2, 2, 2, 1], [1]]])], 4) == [[0], [1, 2], [3, 4], [5, 6]]


def test_a_token_longer_than_a_window_is_one_by_itself() -> None:
    assert pack([tokens_of([[[1, 9, 1]]])], 4) == [[0], [1], [2]]


def test_windows_go_on_in_the_next_chunk() -> None:
    chunks = [tokens_of([[[1]]]), tokens_of([[[1]]], 1)]
    assert pack(chunks, 2) == [[0, 1]]
    assert pack(chunks, 2, across_texts=False) == [[0], [1]]
    chunks[1].text_starts[0] = False  # more of the same text
    assert pack(chunks, 2, across_texts=False) == [[0, 1]]


def test_tokens_without_pieces_stand_where_there_are_others() -> None:
    assert pack([tokens_of([[[0], [1], [0, 0]], [[0]]])], 1) == [[0, 1, 2, 3, 4]]
    assert pack([tokens_of([[[0, 0]]])], 1) == []
    assert pack([tokens_of([[[0, 0]], [[1]]])], 1, across_texts=False) == [[2]]
    # They don't make a window without end.
    assert [len(window) for window in pack([tokens_of([[[1, *[0] * 39]]])], 1)] == [16]
    assert [len(window) for window in pack([tokens_of([[[1]], *[[[0]]] * 39])], 1)] == [16]


SENTENCE = st.lists(st.integers(1, 7), min_size=1, max_size=8)
TEXT = st.lists(SENTENCE, min_size=1, max_size=4)


@pytest.mark.parametrize("across_texts", [True, False])
@given(chunks=st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=4), room=st.integers(1, 12))
def test_no_token_is_lost_doubled_or_moved(chunks: list[list[Sentences]], room: int, across_texts: bool) -> None:
    made: list[Tokenized] = []
    for texts in chunks:
        made.append(tokens_of(texts, sum(len(tokens.keys) for tokens in made)))
    windows = pack(made, room, across_texts=across_texts)
    assert [key for window in windows for key in window] == list(range(sum(len(t.keys) for t in made)))
    pieces = [n for tokens in made for n in tokens.n_pieces.tolist()]
    text = np.cumsum([begins for tokens in made for begins in tokens.text_starts.tolist()])
    starts = [begins for tokens in made for begins in tokens.sentence_starts.tolist()]
    sizes = [sum(pieces[key] for key in window) for window in windows]
    for i, window in enumerate(windows):
        assert sizes[i] <= room or len(window) == 1
        if not across_texts:
            assert len({text[key] for key in window}) == 1
        # A window begins with a sentence, or within one that is longer than a window.
        first = window[0]
        if not starts[first]:
            begin = max(key for key in range(first) if starts[key])
            end = next((key for key in range(first, len(starts)) if starts[key]), len(starts))
            assert sum(pieces[begin:end]) > room
