from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.heads.tags import MISSING, allowed_transitions, n_tags, to_entities, to_tags
from tests.heads.brute import is_allowed

# Tags of labels 0 and 1
O, B, I, L, U, B1, I1, L1, U1 = range(9)


def test_every_label_has_four_tags_beside_the_one_for_outside():
    assert [n_tags(i) for i in range(3)] == [1, 5, 9]


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def spans(tags: list[int], lengths: list[int] | None = None) -> list[tuple[int, int, int]]:
    entities = to_entities(ints(*tags), ints(*([len(tags)] if lengths is None else lengths)))
    return list(zip(*(array.tolist() for array in entities)))


def test_allowed_transitions_of_one_label():
    allowed = allowed_transitions(1)
    #                                   O  B  I  L  U
    assert allowed.start.tolist() == [1, 1, 0, 0, 1]
    assert allowed.end.tolist() == [1, 0, 0, 1, 1]
    assert allowed.between.astype(int).tolist() == [
        [1, 1, 0, 0, 1],  # O
        [0, 0, 1, 1, 0],  # B
        [0, 0, 1, 1, 0],  # I
        [1, 1, 0, 0, 1],  # L
        [1, 1, 0, 0, 1],  # U
    ]


def test_an_entity_goes_on_in_its_own_label_only():
    allowed = allowed_transitions(2)
    assert np.flatnonzero(allowed.between[B]).tolist() == [I, L]
    assert np.flatnonzero(allowed.between[I1]).tolist() == [I1, L1]
    assert np.flatnonzero(allowed.between[L]).tolist() == [O, B, U, B1, U1]
    assert np.flatnonzero(allowed.start).tolist() == [O, B, U, B1, U1]


@pytest.mark.parametrize("n_labels", [12, 39])
def test_blocks_hold_the_allowed_pairs(n_labels):
    allowed = allowed_transitions(n_labels)
    found = np.zeros_like(allowed.between)
    for block in allowed.blocks:
        for rows, columns in zip(*block):
            found[np.ix_(rows, columns)] = True
    assert (found == allowed.between).all()
    assert sum(rows.size * columns.size // len(rows) for rows, columns in allowed.blocks) == allowed.between.sum()


def test_without_labels_everything_is_outside():
    allowed = allowed_transitions(0)
    assert (allowed.start.tolist(), allowed.end.tolist(), allowed.between.tolist()) == ([True], [True], [[True]])


@pytest.mark.parametrize(
    "entity, label, lengths, tags",
    [
        ([0, 1, 0], [9, 0, 9], [3], [O, U, O]),
        ([1, 1, 2], [0, 0, 1], [3], [B, L, U1]),
        ([1, 1, 1, 1], [1, 1, 1, 1], [4], [B1, I1, I1, L1]),
        ([1, 1, 2, 2], [0, 0, 0, 0], [4], [B, L, B, L]),  # neighbours of one label
        ([1, 1], [0, 0], [1, 1], [U, U]),  # numbers start anew in each Doc
        ([MISSING, 1, MISSING, 0], [0, 0, 0, 0], [4], [MISSING, U, MISSING, O]),
        ([], [], [0, 0], []),
        ([1], [0], [0, 1, 0], [U]),
    ],
)
def test_entities_become_tags(entity, label, lengths, tags):
    assert to_tags(ints(*entity), ints(*label), ints(*lengths)).tolist() == tags


@pytest.mark.parametrize(
    "tags, found",
    [
        ([O, U, O], [(1, 1, 0)]),
        ([B, L, U1], [(0, 1, 0), (2, 2, 1)]),
        ([B1, I1, I1, L1], [(0, 3, 1)]),
        ([B, L, B, L], [(0, 1, 0), (2, 3, 0)]),
        ([O, O], []),
        ([], []),
        # Sequences that BILUO forbids
        ([I, I, L], [(0, 2, 0)]),
        ([B, B, L], [(0, 0, 0), (1, 2, 0)]),
        ([B, O], [(0, 0, 0)]),
        ([I, I1], [(0, 0, 0), (1, 1, 1)]),
        ([B, L1], [(0, 0, 0), (1, 1, 1)]),
        ([U, I, L], [(0, 0, 0), (1, 2, 0)]),
        ([L, L], [(0, 0, 0), (1, 1, 0)]),
        ([B, U, L], [(0, 0, 0), (1, 1, 0), (2, 2, 0)]),
        ([O, L, O, I], [(1, 1, 0), (3, 3, 0)]),
    ],
)
def test_tags_become_entities(tags, found):
    assert spans(tags) == found


def test_no_entity_reaches_into_the_next_doc():
    assert spans([B, I, L], [1, 0, 2]) == [(0, 0, 0), (1, 2, 0)]
    assert spans([O, B, I, U], [2, 2]) == [(1, 1, 0), (2, 2, 0), (3, 3, 0)]


@pytest.mark.parametrize("n_labels, n_tokens", [(1, 1), (1, 2), (1, 5), (2, 1), (2, 3)])
def test_the_allowed_sequences_are_those_that_entities_give_back(n_labels, n_tokens):
    allowed = allowed_transitions(n_labels)
    n_allowed = 0
    for tags in product(range(n_tags(n_labels)), repeat=n_tokens):
        again = tags_of(spans(list(tags)), [n_tokens])
        assert is_allowed(tags, allowed) == (again == list(tags))
        n_allowed += is_allowed(tags, allowed)
    # Every token begins an O or an entity of any length that fits: f(n) = f(n - 1) + n_labels * sum of all f below n.
    counts = [1]
    for _ in range(n_tokens):
        counts.append(counts[-1] + n_labels * sum(counts))
    assert n_allowed == counts[-1]


def tags_of(entities: list[tuple[int, int, int]], lengths: list[int]) -> list[int]:
    entity, label = np.zeros(sum(lengths), np.int64), np.zeros(sum(lengths), np.int64)
    for number, (first, last, its_label) in enumerate(entities, start=1):
        entity[first : last + 1] = number
        label[first : last + 1] = its_label
    return to_tags(entity, label, ints(*lengths)).tolist()


@st.composite
def annotated_docs(draw):
    """Lengths of Docs, and (first, last, label) of entities that do not overlap."""
    lengths = draw(st.lists(st.integers(0, 12), max_size=5))
    entities, start = [], 0
    for length in lengths:
        place = start
        while place < start + length:
            size = draw(st.integers(1, start + length - place))
            if draw(st.booleans()):
                entities.append((place, place + size - 1, draw(st.integers(0, 3))))
            place += size
        start += length
    return lengths, entities


@given(annotated_docs())
def test_entities_survive_the_round_trip_through_tags(case):
    lengths, entities = case
    tags = tags_of(entities, lengths)
    assert spans(tags, lengths) == entities
    allowed = allowed_transitions(4)
    for doc in np.split(ints(*tags), np.cumsum(lengths)[:-1]) if lengths else []:
        assert not len(doc) or is_allowed(tuple(doc.tolist()), allowed)
