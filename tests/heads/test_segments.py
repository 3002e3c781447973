import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.heads.segments import LEAD_TOKENS, OWN_TOKENS, cut, groups, joints, whole


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_long_sequences_are_cut_into_even_segments_with_leads():
    # 10 tokens | 400 tokens: 3 segments of 134, 134 and 132 own tokens, with up to 32 more on either side.
    segments = cut(ints(10, 400))
    assert segments.sequence.tolist() == [0, 1, 1, 1]
    assert segments.lengths.tolist() == [10, 134 + 32, 32 + 134 + 32, 32 + 132]
    assert segments.begins.tolist() == [True, True, False, False]
    assert segments.ends.tolist() == [True, False, False, True]
    second = slice(10 + 166, 10 + 166 + 198)
    assert segments.rows[second].tolist() == list(range(10 + 134 - 32, 10 + 268 + 32))
    assert segments.own[second].tolist() == [False] * 32 + [True] * 134 + [False] * 32


def test_joints_are_the_same_tokens_in_both_segments():
    segments = cut(ints(400, 3, 400))
    found = joints(segments)
    assert found.sequence.tolist() == [0, 0, 2, 2]
    assert segments.rows[found.last_in_left].tolist() == [133, 267, 403 + 133, 403 + 267]
    assert segments.rows[found.last_in_right].tolist() == segments.rows[found.last_in_left].tolist()
    assert segments.rows[found.first_in_left].tolist() == [134, 268, 403 + 134, 403 + 268]
    assert segments.rows[found.first_in_right].tolist() == segments.rows[found.first_in_left].tolist()
    assert segments.own[found.last_in_left].all() and segments.own[found.first_in_right].all()
    assert not segments.own[found.last_in_right].any() and not segments.own[found.first_in_left].any()


def test_whole_sequences_have_no_joints():
    segments = whole(ints(2, 0, 1000))
    assert segments.lengths.tolist() == [2, 0, 1000]
    assert segments.begins.all() and segments.ends.all() and segments.own.all()
    assert not len(joints(segments).sequence)


LENGTHS = st.lists(st.integers(0, 4 * OWN_TOKENS), max_size=6).map(lambda lengths: ints(*lengths))


@given(LENGTHS)
def test_every_token_is_owned_once_in_order(lengths):
    segments = cut(lengths)
    assert segments.rows[segments.own].tolist() == list(range(lengths.sum()))
    assert (segments.lengths <= OWN_TOKENS + 2 * LEAD_TOKENS).all()
    assert np.bincount(segments.sequence, segments.begins, minlength=len(lengths)).tolist() == [1] * len(lengths)
    assert np.bincount(segments.sequence, segments.ends, minlength=len(lengths)).tolist() == [1] * len(lengths)


@given(LENGTHS, st.integers(1, 2000))
def test_groups_own_every_token_once_and_hold_every_joint(lengths, max_rows):
    segments = cut(lengths)
    runs = list(groups(segments, max_rows))
    rows = [group.rows[new] for group, new in runs]
    assert np.concatenate([ints(), *rows]).tolist() == list(range(lengths.sum()))
    found = [group.rows[place] for group, _ in runs for place in joints(group).last_in_left]
    assert sorted(found) == sorted(segments.rows[joints(segments).last_in_left])
    for group, new in runs:
        n_repeated = 0 if new[group.own].all() else OWN_TOKENS + 2 * LEAD_TOKENS
        assert len(group.lengths) <= 2 or group.lengths.sum() <= max_rows + n_repeated
