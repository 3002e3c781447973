from spacy.training import Example

from spacy_bert_ext.evaluation.categories import Categorizer, decide
from spacy_bert_ext.evaluation.mistakes import (
    CONTEXT_CHARS,
    LONGEST_WORD,
    MAX_CHARS,
    MAX_MARKS,
    Mark,
    category_mistakes,
    span_mistakes,
)
from tests.evaluation.annotated import (
    ENTITIES,
    GROUP,
    compared,
    make_cats_example,
    make_doc,
    make_example,
    make_group_example,
    set_group,
    set_scores,
)


def found_in(*examples, n_mistakes: int = 50):
    return span_mistakes(ENTITIES, examples, compared(examples), n_mistakes)


def test_the_surest_mistake_comes_first() -> None:
    one = make_example(["B-A", "O", "O", "B-B"], ["B-B", "O", "B-A", "B-B"])
    set_scores(one.predicted, 0.4, 0.6, 0.99)  # the last one is right
    other = make_example(["O", "B-A"], ["B-A", "O"])
    set_scores(other.predicted, 0.9)
    wrong, missed = found_in(one, other)
    assert [(m.doc, m.kind, m.score) for m in wrong] == [(2, "spurious", 0.9), (1, "spurious", 0.6), (1, "type", 0.4)]
    assert [(m.doc, m.kind, m.score) for m in missed] == [(2, "missed", None)]
    assert wrong[2].gold.text == wrong[2].predicted.text == "w0 w1 w2 w3 "
    assert wrong[2].gold.marks == [Mark(0, 2, "A", True), Mark(9, 11, "B", False)]
    assert wrong[2].predicted.marks == [Mark(0, 2, "B", True), Mark(6, 8, "A", False), Mark(9, 11, "B", False)]


def test_wrong_and_missed_entities_share_the_places() -> None:
    wrong = [make_example(["O"], ["B-A"])] * 6
    missed = [make_example(["B-A"], ["O"])] * 2
    assert [len(part) for part in found_in(*wrong, *missed, n_mistakes=4)] == [3, 1]
    assert [len(part) for part in found_in(*wrong, *missed, n_mistakes=0)] == [0, 0]
    assert [len(part) for part in found_in(*missed, n_mistakes=1)] == [0, 1]


def test_long_docs_are_cut_around_the_mistake() -> None:
    words = [f"{i:04}" for i in range(500)]
    tags = ["O"] * 500
    example = make_example([*tags[:200], "B-A", "I-A", *tags[202:]], tags, words=words)
    (excerpt,) = (mistake.gold for mistake in found_in(example)[1])
    assert excerpt.cut_before and excerpt.cut_after
    assert len(excerpt.text) <= 9 + 2 * CONTEXT_CHARS
    assert len(excerpt.text) >= 9 + 2 * (CONTEXT_CHARS - LONGEST_WORD)
    (mark,) = excerpt.marks
    assert excerpt.text[mark.start : mark.end] == "0200 0201"
    assert set(excerpt.text.split()) <= set(words)  # no word is cut


def test_an_entity_without_end_is_cut_itself() -> None:
    words = ["x" * 5000, "y"]
    (mistake,) = found_in(make_example(["B-A", "I-A"], ["O", "O"], words=words))[1]
    assert len(mistake.gold.text) == MAX_CHARS + CONTEXT_CHARS
    assert mistake.gold.marks == [Mark(0, MAX_CHARS + CONTEXT_CHARS, "A", True)]
    assert not mistake.gold.cut_before and mistake.gold.cut_after


def test_spans_that_overlap_are_marked_each() -> None:
    example = make_group_example([(0, 3, "A"), (1, 2, "B")], [(0, 3, "A"), (1, 3, "B"), (1, 2, "A")], n_tokens=5)
    set_group(example.predicted, (0, 3, "A"), (1, 3, "B"), (1, 2, "A"), scores=[0.9, 0.8, 0.7])
    wrong, missed = span_mistakes(GROUP, [example], compared([example], GROUP), 50)
    # Of the two wrong ones, that on the same tokens is the pair.
    assert [(m.kind, round(m.score, 1)) for m in wrong] == [("spurious", 0.8), ("type", 0.7)] and missed == []
    assert wrong[1].gold.marks == [Mark(0, 8, "A", False), Mark(3, 5, "B", True)]
    assert wrong[1].predicted.marks == [Mark(0, 8, "A", False), Mark(3, 8, "B", False), Mark(3, 5, "A", True)]


def test_marks_of_an_excerpt_are_bounded() -> None:
    many = [(start, start + size, "A") for start in range(30) for size in range(1, 10)]
    example = make_group_example([(15, 16, "B")], many, n_tokens=40)
    for mistake in (*span_mistakes(GROUP, [example], compared([example], GROUP), 3).wrong,):
        assert len(mistake.predicted.marks) == MAX_MARKS
        assert [mark.mistaken for mark in mistake.predicted.marks].count(True) == 1
        assert mistake.predicted.marks == sorted(mistake.predicted.marks)


def decided(categorizer: Categorizer, *pairs: tuple[dict, dict]) -> list:
    examples = [make_cats_example(*pair) for pair in pairs]
    return category_mistakes(examples, [decide(eg, categorizer) for eg in examples], categorizer, 2)


def test_exclusive_categories_are_sorted_by_the_score_of_the_wrong_one() -> None:
    found = decided(
        Categorizer("one", ("A", "B"), True, {}),
        ({"A": 1.0}, {"A": 0.4, "B": 0.6}),
        ({"A": 1.0}, {"A": 0.9, "B": 0.1}),
        ({"A": 1.0}, {"A": 0.1, "B": 0.9}),
        ({"A": 1.0}, {"A": 0.3, "B": 0.7}),
    )
    assert [(m.doc, m.confidence) for m in found] == [(3, 0.9), (4, 0.7)]
    assert (found[0].gold, found[0].predicted, found[0].missed) == (["A"], [("B", 0.9)], [("A", 0.1)])


def test_independent_categories_are_sorted_by_the_worst_decision() -> None:
    found = decided(
        Categorizer("many", ("A", "B"), False, {"A": 0.5, "B": 0.5}),
        ({"A": 1.0, "B": 0.0}, {"A": 0.45, "B": 0.6}),
        ({"A": 1.0, "B": 1.0}, {"A": 0.05, "B": 0.9}),
        ({"A": 0.0, "B": 0.0}, {"A": 0.4, "B": 0.1}),
    )
    assert [(m.doc, m.confidence) for m in found] == [(2, 0.95), (1, 0.6)]
    assert (found[0].gold, found[0].predicted, found[0].missed) == (["A", "B"], [("B", 0.9)], [("A", 0.05)])


def test_long_docs_with_a_wrong_category_are_cut() -> None:
    words = ["word"] * 1000
    eg = Example(make_doc(words, cats={"B": 1.0}), make_doc(words, cats={"A": 1.0}))
    categorizer = Categorizer("one", ("A", "B"), True, {})
    (found,) = category_mistakes([eg], [decide(eg, categorizer)], categorizer, 5)
    assert found.excerpt.cut_after and MAX_CHARS - LONGEST_WORD <= len(found.excerpt.text) <= MAX_CHARS
