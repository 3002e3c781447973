"""Which encoder `--lang` chooses where no `--encoder` is given."""

from typing import NamedTuple


class DefaultEncoder(NamedTuple):
    """A checkpoint of BERT-base's size: 12 layers, 768 dimensions.

    name: On the Hugging Face hub. It has a fast tokenizer that needs no other library to cut words.
    languages: What it was made for.
    licence: As its authors state it.
    vocabulary: Pieces of its tokenizer.
    million_weights: Embeddings included, which are most of the difference between these checkpoints.
    """

    name: str
    languages: str
    licence: str
    vocabulary: int
    million_weights: int


BY_LANGUAGE = {
    "de": DefaultEncoder("deepset/gbert-base", "German", "MIT", vocabulary=31_102, million_weights=110),
    "en": DefaultEncoder("bert-base-cased", "English", "Apache-2.0", vocabulary=28_996, million_weights=108),
    "fr": DefaultEncoder("almanach/camembert-base", "French", "MIT", vocabulary=32_005, million_weights=111),
    "it": DefaultEncoder("dbmdz/bert-base-italian-cased", "Italian", "MIT", vocabulary=31_102, million_weights=110),
    "ko": DefaultEncoder("klue/bert-base", "Korean", "CC-BY-SA-4.0", vocabulary=32_000, million_weights=111),
    "nl": DefaultEncoder("GroNLP/bert-base-dutch-cased", "Dutch", "Apache-2.0", vocabulary=30_073, million_weights=109),
    "tr": DefaultEncoder("dbmdz/bert-base-turkish-cased", "Turkish", "MIT", vocabulary=32_000, million_weights=111),
    "zh": DefaultEncoder("bert-base-chinese", "Chinese", "Apache-2.0", vocabulary=21_128, million_weights=102),
}
ELSEWHERE = DefaultEncoder(
    "FacebookAI/xlm-roberta-base", "100 languages", "MIT", vocabulary=250_002, million_weights=278
)


def default_encoder(lang: str) -> str:
    """Name on the hub of the encoder for a language: one of its own, else one for 100 languages.

    lang (str): spaCy's code, such as "en"; "xx" for several languages.
    """
    return BY_LANGUAGE.get(lang, ELSEWHERE).name


def reason_for(lang: str) -> str:
    """Why it is this one, as a part of a sentence."""
    if lang in BY_LANGUAGE:
        return f"it was trained on {BY_LANGUAGE[lang].languages}"
    return f"there is no default for '{lang}' alone, and it was trained on {ELSEWHERE.languages}"
