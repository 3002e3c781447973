"""Which encoder a language gets."""

from pathlib import Path

import pytest
from spacy.util import get_lang_class

from spacy_bert_ext.cli.configs.default_encoders import BY_LANGUAGE, ELSEWHERE, default_encoder, reason_for

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "encoders.md"


@pytest.mark.parametrize(
    ("lang", "name"),
    [
        ("en", "bert-base-cased"),
        ("zh", "bert-base-chinese"),
        ("de", "deepset/gbert-base"),
        ("ja", "FacebookAI/xlm-roberta-base"),
        ("xx", "FacebookAI/xlm-roberta-base"),
        ("eo", "FacebookAI/xlm-roberta-base"),
    ],
)
def test_a_language_gets_its_own_encoder_or_one_for_many(lang: str, name: str) -> None:
    assert default_encoder(lang) == name


def test_the_languages_are_those_of_spacy() -> None:
    assert [get_lang_class(lang).lang for lang in BY_LANGUAGE] == sorted(BY_LANGUAGE)
    for lang, encoder in BY_LANGUAGE.items():
        assert get_lang_class(lang).__name__ == encoder.languages


def test_the_weights_are_those_of_base_encoders_with_this_vocabulary() -> None:
    """BERT: 12 layers of 7,087,872 weights, a pooler, 512 positions, two token types, one normalization."""
    for encoder in (*BY_LANGUAGE.values(), ELSEWHERE):
        n_weights = 12 * 7_087_872 + 590_592 + (512 + 2 + 2) * 768 + encoder.vocabulary * 768
        assert encoder.million_weights == pytest.approx(n_weights / 1e6, abs=0.6), encoder.name


def test_the_reason_is_told() -> None:
    assert reason_for("de") == "it was trained on German"
    assert reason_for("ja") == "there is no default for 'ja' alone, and it was trained on 100 languages"


@pytest.mark.skipif(not PAGE.exists(), reason="docs are in a checkout only")
def test_the_page_has_the_table() -> None:
    rows = [(f"`{lang}`", encoder) for lang, encoder in BY_LANGUAGE.items()] + [("others, `xx`", ELSEWHERE)]
    table = [
        f"| {lang}: {encoder.languages} | `{encoder.name}` | {encoder.licence} | {encoder.vocabulary:,} | "
        f"{encoder.million_weights} |"
        for lang, encoder in rows
    ]
    assert "\n".join(table) in PAGE.read_text(encoding="utf8")
