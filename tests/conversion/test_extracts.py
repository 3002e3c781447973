"""Sentences that a summary is made of."""

from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.conversion.extracts import find_sentences

SENTENCES = ["Ada moved to Rome.", "No.", "It rained there for two weeks.\n", '"She liked it," he said.']


def test_any_order_with_and_without_blanks() -> None:
    assert find_sentences(SENTENCES, '"She liked it," he said.Ada  moved\nto Rome.') == ([0, 3], [])
    assert find_sentences(SENTENCES, "No. Ada moved to Rome.No.") == ([0, 1], [])
    assert find_sentences([], "No.") == ([], ["No."])
    assert find_sentences(SENTENCES, " ") == ([], [])


def test_what_is_not_there_is_told() -> None:
    found = find_sentences(SENTENCES, "Ada moved to Rome. Bob stayed in Oslo. No.")
    assert found == ([0, 1], ["BobstayedinOslo."])
    assert find_sentences(SENTENCES, 'Ada moved to Rome."') == ([0], [])  # a mark alone is nothing
    assert find_sentences(SENTENCES, "Ada moved to Rome. he said.") == ([0], [])  # it is there, though in no sentence


def test_sentences_that_were_cut_otherwise_are_found_by_their_parts() -> None:
    assert find_sentences(["Headline of two\n\nAda moved to Rome in May.", "No."], "Ada moved to Rome in May.No.") == (
        [0, 1],
        [],
    )
    assert find_sentences(["One sentence is here.", "Another is here."], "One sentence is here. Another is here.") == (
        [0, 1],
        [],
    )
    # less than half of it
    assert find_sentences(["It rained there for two weeks and then the sun came."], "It rained there for two") == (
        [],
        [],
    )


def test_short_sentences_are_not_found_within_others() -> None:
    assert find_sentences(["No.", "Yes."], "Nobody said No. at all in Oslo, or so they say.").sentences == []


def test_sentences_that_begin_alike() -> None:
    texts = ["A.", "A.B.", "B.C.", "C."]
    assert find_sentences(texts, "A.B.C.").missing == []
    assert find_sentences(texts, "A.B.C.C.") in (([0, 2, 3], []), ([1, 3], []))


@given(
    st.lists(st.text(alphabet="ab .", min_size=1, max_size=8), max_size=6),
    st.lists(st.integers(0, 5), max_size=6),
    st.booleans(),
)
def test_whatever_is_made_of_sentences_is_found(texts: list[str], order: list[int], blanks: bool) -> None:
    chosen = [texts[i % len(texts)] for i in order if texts]
    found = find_sentences(texts, (" " if blanks else "").join(chosen))
    assert found.missing == []
    assert all(0 <= i < len(texts) for i in found.sentences)


@given(st.lists(st.text(max_size=12), max_size=6), st.text(max_size=40))
def test_wild_texts(texts: list[str], summary: str) -> None:
    found = find_sentences(texts, summary)
    assert found.sentences == sorted(set(found.sentences))
    assert sum(map(len, found.missing)) <= len("".join(summary.split()))
