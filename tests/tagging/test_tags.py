from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.tagging.tags import MISSING, all_tags, named_tags, tag_names
from tests.tagging.brute import is_allowed

# Tags of labels 0 and 1
O, B, I, L, U, B1, I1, L1, U1 = range(9)


BILUO = all_tags(4, "BILUO")  # whose first tags are those of any smaller set


def test_every_label_has_the_tags_of_its_scheme_beside_the_one_for_outside():
    assert [len(all_tags(n_labels, "BILUO")) for n_labels in range(3)] == [1, 5, 9]
    assert tag_names(all_tags(2, "BIO"), ["PER", "LOC"]) == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    assert tag_names(all_tags(1, "BILUO"), ["PER"]) == ["O", "B-PER", "I-PER", "L-PER", "U-PER"]
    assert tag_names(all_tags(1, "IO"), ["PER"]) == ["O", "I-PER"]


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def spans(tags: list[int], lengths: list[int] | None = None) -> list[tuple[int, int, int]]:
    entities = BILUO.to_entities(ints(*tags), ints(*([len(tags)] if lengths is None else lengths)))
    return list(zip(*(array.tolist() for array in entities)))


def test_allowed_transitions_of_one_label():
    allowed = all_tags(1, "BILUO").allowed
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
    allowed = all_tags(2, "BILUO").allowed
    assert np.flatnonzero(allowed.between[B]).tolist() == [I, L]
    assert np.flatnonzero(allowed.between[I1]).tolist() == [I1, L1]
    assert np.flatnonzero(allowed.between[L]).tolist() == [O, B, U, B1, U1]
    assert np.flatnonzero(allowed.start).tolist() == [O, B, U, B1, U1]


@pytest.mark.parametrize("n_labels", [12, 39])
def test_blocks_hold_the_allowed_pairs(n_labels):
    allowed = all_tags(n_labels, "BILUO").allowed
    found = np.zeros_like(allowed.between)
    for block in allowed.blocks:
        for rows, columns in zip(*block):
            found[np.ix_(rows, columns)] = True
    assert (found == allowed.between).all()
    assert sum(rows.size * columns.size // len(rows) for rows, columns in allowed.blocks) == allowed.between.sum()


def test_without_labels_everything_is_outside():
    allowed = all_tags(0, "BILUO").allowed
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
    assert BILUO.to_tags(ints(*entity), ints(*label), ints(*lengths)).tolist() == tags


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
    allowed = all_tags(n_labels, "BILUO").allowed
    n_allowed = 0
    for tags in product(range(len(all_tags(n_labels, "BILUO"))), repeat=n_tokens):
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
    return BILUO.to_tags(entity, label, ints(*lengths)).tolist()


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
    allowed = all_tags(4, "BILUO").allowed
    for doc in np.split(ints(*tags), np.cumsum(lengths)[:-1]) if lengths else []:
        assert not len(doc) or is_allowed(tuple(doc.tolist()), allowed)


# Tags of labels 0 and 1 in schemes with two letters
B0, I0, B1_, I1_ = range(1, 5)


@pytest.mark.parametrize(
    "scheme, tags",
    [
        # Two neighbours of label 0, of which the second has two tokens; O; one of label 1 behind one of label 0
        ("BIO", [B0, B0, I0, O, B0, B1_]),
        ("IOB1", [I0, B0, I0, O, I0, I1_]),
    ],
)
def test_entities_survive_schemes_with_two_letters(scheme, tags):
    scheme_tags = all_tags(2, scheme)
    entity, label = ints(1, 2, 2, 0, 3, 4), ints(0, 0, 0, 0, 0, 1)
    assert scheme_tags.to_tags(entity, label, ints(6)).tolist() == tags
    found = scheme_tags.to_entities(ints(*tags), ints(6))
    assert list(zip(*(array.tolist() for array in found))) == [(0, 0, 0), (1, 2, 0), (4, 4, 0), (5, 5, 1)]
    assert is_allowed(tuple(tags), scheme_tags.allowed)


def test_io_joins_neighbours_of_one_label():
    tags = all_tags(2, "IO")
    assert tags.to_tags(ints(1, 2, 0, 3), ints(0, 0, 0, 1), ints(4)).tolist() == [1, 1, 0, 2]
    found = tags.to_entities(ints(1, 1, 0, 2), ints(4))
    assert list(zip(*(array.tolist() for array in found))) == [(0, 1, 0), (3, 3, 1)]
    assert tags.allowed.between.all()


def test_what_schemes_with_two_letters_allow():
    bio, iob1 = all_tags(1, "BIO").allowed, all_tags(1, "IOB1").allowed
    #                                             O  B  I
    assert bio.start.tolist() == [1, 1, 0]
    assert bio.between.astype(int).tolist() == [[1, 1, 0], [1, 1, 1], [1, 1, 1]]
    assert iob1.start.tolist() == [1, 0, 1]
    assert iob1.between.astype(int).tolist() == [[1, 0, 1], [1, 1, 1], [1, 1, 1]]
    assert bio.end.all() and iob1.end.all()


def test_tags_that_a_checkpoint_lacks_are_replaced_by_the_next_best():
    tags = named_tags("BIO", ("I-LOC", "O", "B-PER", "[CLS]"), ("PER", "LOC"))
    assert tags.to_tags(ints(1, 1, 0, 2, 2, MISSING), ints(0, 0, 0, 1, 1, 0), ints(6)).tolist() == [2, 2, 1, 0, 0, -1]
    found = tags.to_entities(ints(0, 0, 1, 3, 2), ints(5))
    assert list(zip(*(array.tolist() for array in found))) == [(0, 1, 1), (4, 4, 0)]
    # What has no tag to begin with begins inside.
    assert tags.allowed.start.all()
