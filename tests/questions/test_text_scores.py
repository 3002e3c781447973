"""Exact match and F1, beside what the evaluation of SQuAD gives."""

import random
import string

import pytest

from spacy_bert_ext.questions.text_scores import mixed_words, squad_words, text_score

WORDS = ["the", "a", "An", "Berlin", "berlin.", "U.S.", "3-1", "—", "São", "of", ",", "Theatre", "the-atre", "  ", "\n"]


def random_text(source: random.Random) -> str:
    words = source.choices(WORDS, k=source.randrange(5))
    return source.choice(["", " "]).join(words) + source.choice(["", "", *string.punctuation])


def test_as_the_evaluation_of_squad_has_it():
    official = pytest.importorskip("transformers.data.metrics.squad_metrics")
    source = random.Random(0)
    for _ in range(1000):
        predicted, gold = random_text(source), [random_text(source) for _ in range(source.randrange(4))]
        right = [text for text in gold if official.normalize_answer(text)] or [""]
        expected = (
            max(official.compute_exact(text, predicted) for text in right),
            max(official.compute_f1(text, predicted) for text in right),
        )
        assert text_score(predicted, gold) == pytest.approx(expected, abs=1e-12), (predicted, gold)


@pytest.mark.parametrize(
    ("predicted", "gold", "exact", "f1"),
    [
        ("The Beatles!", ["Beatles"], 1.0, 1.0),
        ("in the city of Berlin", ["Berlin"], 0.0, 2 * (1 / 4) / (1 / 4 + 1)),
        ("London", ["Berlin", "London"], 1.0, 1.0),
        ("", [], 1.0, 1.0),
        ("Berlin", [], 0.0, 0.0),
        ("", ["Berlin"], 0.0, 0.0),
        ("the", [], 1.0, 1.0),  # has no words
    ],
)
def test_scores(predicted, gold, exact, f1):
    assert text_score(predicted, gold) == pytest.approx((exact, f1))


def test_words_of_chinese_are_characters():
    assert mixed_words("《范廷颂》,BERT-base 在1919年。") == [*"范廷颂", "bertbase", "在", "1919", "年"]
    assert squad_words("范廷颂 在") == ["范廷颂", "在"]
    assert text_score("范廷", ["范廷颂"], mixed_words).f1 == pytest.approx(0.8)
