import numpy as np
import pytest

from spacy_bert_ext.arrays.ragged import expand_ranges, rows_of, starts_of


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    "lengths, starts",
    [((3, 1, 2), [0, 3, 4]), ((0, 2, 0, 0, 1, 0), [0, 0, 2, 2, 2, 3]), ((5,), [0]), ((), []), ((0, 0), [0, 0])],
)
def test_starts_of_rows(lengths, starts):
    assert starts_of(ints(*lengths)).tolist() == starts


@pytest.mark.parametrize(
    "lengths, rows", [((3, 1, 2), [0, 0, 0, 1, 2, 2]), ((0, 2, 0, 0, 1, 0), [1, 1, 4]), ((), []), ((0, 0), [])]
)
def test_rows_of_elements(lengths, rows):
    assert rows_of(ints(*lengths)).tolist() == rows


@pytest.mark.parametrize(
    "starts, lengths, elements",
    [
        ((4, 0, 7), (2, 3, 1), [4, 5, 0, 1, 2, 7]),
        ((9, 4, 9, 1), (0, 2, 0, 1), [4, 5, 1]),
        ((3, 3), (2, 2), [3, 4, 3, 4]),
        ((), (), []),
        ((5,), (0,), []),
    ],
)
def test_expanded_ranges(starts, lengths, elements):
    assert expand_ranges(ints(*starts), ints(*lengths)).tolist() == elements
