"""Gold answers and what they are for a head."""

import numpy as np
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bert_ext.losses.answer_losses import NO_ANSWER
from spacy_bert_ext.pipeline.questions.asking import define_questions
from spacy_bert_ext.pipeline.questions.gold import count_answers, gold_answers, questions_to_learn, summarize_answers
from tests.questions.scored import answer_scores

define_questions()
NLP = spacy.blank("en")
ASKED = {"WHO": "Who?", "WHERE": "Where?"}


def example(words: list[str], *spans: tuple[int, int, str], questions=None) -> Example:
    gold = Doc(NLP.vocab, words=words)
    gold.spans["answers"] = [Span(gold, *span) for span in spans]
    gold._.questions = questions
    return Example(Doc(NLP.vocab, words=words), gold)


def scores_of(n_pairs: int, n_tokens: int, names) -> object:
    """Two pieces a token, but none for the last one of each pair."""
    per_token = ([2] * (n_tokens - 1) + [0]) * n_pairs
    n_pieces = 2 * (n_tokens - 1)
    return answer_scores(
        np.zeros((n_pairs * n_pieces, 2)).tolist(),
        [[0.0, 0.0]] * n_pairs,
        windows_per_pair=[1] * n_pairs,
        tokens_per_pair=[n_tokens] * n_pairs,
        pieces_per_window=[n_pieces] * n_pairs,
        pieces_per_token=per_token,
        names=names,
        pairs_per_doc=[n_pairs],
    )


def test_pieces_of_the_first_answer_of_each_question():
    eg = example(["a", "b", "c", "\n"], (1, 3, "WHERE"), (0, 1, "WHERE"))
    gold = gold_answers([eg], scores_of(2, 4, ["WHO", "WHERE"]), "answers")
    assert gold.first.tolist() == [NO_ANSWER, 6 + 2] and gold.last.tolist() == [NO_ANSWER, 6 + 5]
    assert gold.is_annotated.all()


def test_blank_ends_are_left_out_and_blank_answers_are_not_learned():
    eg = example(["a", "b", "c", "\n"], (2, 4, "WHO"), (3, 4, "WHERE"))
    gold = gold_answers([eg], scores_of(2, 4, ["WHO", "WHERE"]), "answers")
    assert (gold.first[0], gold.last[0]) == (4, 5)
    assert gold.is_annotated.tolist() == [True, False]


def test_an_answer_that_no_tokens_match_gives_way_to_the_next():
    eg = example(["ab", "c", "d", "\n"], (0, 1, "WHO"), (1, 2, "WHO"), (0, 1, "WHERE"))
    predicted = Doc(NLP.vocab, words=["a", "bc", "d", "\n"], spaces=[False, False, True, True])
    gold = Doc(NLP.vocab, words=["ab", "c", "d", "\n"], spaces=[False, False, True, True])
    gold.spans["answers"] = [
        Span(gold, 0, 1, label="WHO"),
        Span(gold, 2, 3, label="WHO"),
        Span(gold, 0, 1, label="WHERE"),
    ]
    eg = Example(predicted, gold)
    found = gold_answers([eg], scores_of(2, 4, ["WHO", "WHERE"]), "answers")
    assert (found.first[0], found.last[0]) == (4, 5)
    assert found.is_annotated.tolist() == [True, False]


def test_which_questions_are_annotated():
    eg = example(["a"], questions=["Why?"])
    assert questions_to_learn(eg.reference, "answers", ASKED) == {"Why?": "Why?"}
    assert questions_to_learn(eg.reference, "others", ASKED) == {}
    assert questions_to_learn(example(["a"]).reference, "answers", ASKED) == ASKED


def test_what_cannot_be_learned_is_counted():
    nothing = Example(NLP.make_doc("a"), NLP.make_doc("a"))
    nothing.reference.spans["other"] = []
    examples = [
        example(["a", "b", "c"], (0, 3, "WHO"), (0, 1, "WHY")),
        example(["a"], questions=["Why?"]),
        nothing,
    ]
    counts = count_answers(examples, "answers", ASKED, 2)
    assert counts.questions == {"WHO": 1, "WHERE": 1, "Why?": 1}
    assert (counts.n_examples, counts.n_unanswered, counts.n_answers, counts.n_unannotated) == (3, 2, 2, 1)
    assert counts.hint("answers") == '; the Docs have `doc.spans["other"]`, which `spans_key` can name'
    faults = summarize_answers(counts, ASKED).faults
    assert [(list(fault.items), fault.fault) for fault in faults] == [
        (["'a b c'"], "are longer than `max_answer_tokens`"),
        (["WHY"], "are labels of answers, but no questions"),
    ]


def test_questions_of_docs_are_counted_by_whether_they_are_answered() -> None:
    own = example(["a", "b"], (0, 1, "Q1"), questions={"Q1": "Who?", "Q2": "Where?", "Q3": "Why?"})
    counts = count_answers([own], "answers", ASKED, 5)
    assert summarize_answers(counts, ASKED).counts == {"answered": 1, "without an answer": 2}
    counts = count_answers([example(["a", "b"], (0, 1, "WHO"))], "answers", ASKED, 5)
    assert summarize_answers(counts, ASKED).counts == {"WHO": 1, "WHERE": 1}
