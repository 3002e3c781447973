import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.tagging.segments import cut, groups, joints, whole


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_long_sequences_are_cut_into_even_segments_with_leads():
    # 10 tokens | 190 tokens: 3 segments of 64, 64 and 62 own tokens, with up to 16 more on either side.
    segments = cut(ints(10, 190), 64, 16)
    assert segments.sequence.tolist() == [0, 1, 1, 1]
    assert segments.lengths.tolist() == [10, 64 + 16, 16 + 64 + 16, 16 + 62]
    assert segments.begins.tolist() == [True, True, False, False]
    assert segments.ends.tolist() == [True, False, False, True]
    second = slice(10 + 80, 10 + 80 + 96)
    assert segments.rows[second].tolist() == list(range(10 + 64 - 16, 10 + 128 + 16))
    assert segments.own[second].tolist() == [False] * 16 + [True] * 64 + [False] * 16


def test_joints_are_the_same_tokens_in_both_segments():
    segments = cut(ints(190, 3, 190), 64, 16)
    found = joints(segments)
    assert found.sequence.tolist() == [0, 0, 2, 2]
    assert segments.rows[found.last_in_left].tolist() == [63, 127, 193 + 63, 193 + 127]
    assert segments.rows[found.last_in_right].tolist() == segments.rows[found.last_in_left].tolist()
    assert segments.rows[found.first_in_left].tolist() == [64, 128, 193 + 64, 193 + 128]
    assert segments.rows[found.first_in_right].tolist() == segments.rows[found.first_in_left].tolist()
    assert segments.own[found.last_in_left].all() and segments.own[found.first_in_right].all()
    assert not segments.own[found.last_in_right].any() and not segments.own[found.first_in_left].any()


def test_whole_sequences_have_no_joints():
    segments = whole(ints(2, 0, 1000))
    assert segments.lengths.tolist() == [2, 0, 1000]
    assert segments.begins.all() and segments.ends.all() and segments.own.all()
    assert not len(joints(segments).sequence)


OWN, LEAD = 64, 16
LENGTHS = st.lists(st.integers(0, 4 * OWN), max_size=6).map(lambda lengths: ints(*lengths))


@given(LENGTHS)
def test_every_token_is_owned_once_in_order(lengths):
    segments = cut(lengths, OWN, LEAD)
    assert segments.rows[segments.own].tolist() == list(range(lengths.sum()))
    assert (segments.lengths <= OWN + 2 * LEAD).all()
    assert np.bincount(segments.sequence, segments.begins, minlength=len(lengths)).tolist() == [1] * len(lengths)
    assert np.bincount(segments.sequence, segments.ends, minlength=len(lengths)).tolist() == [1] * len(lengths)


@given(LENGTHS, st.integers(1, 2000))
def test_groups_own_every_token_once_and_hold_every_joint(lengths, max_rows):
    segments = cut(lengths, OWN, LEAD)
    runs = list(groups(segments, max_rows))
    rows = [group.rows[new] for group, new in runs]
    assert np.concatenate([ints(), *rows]).tolist() == list(range(lengths.sum()))
    found = [group.rows[place] for group, _ in runs for place in joints(group).last_in_left]
    assert sorted(found) == sorted(segments.rows[joints(segments).last_in_left])
    for group, new in runs:
        n_repeated = 0 if new[group.own].all() else OWN + 2 * LEAD
        assert len(group.lengths) <= 2 or group.lengths.sum() <= max_rows + n_repeated
