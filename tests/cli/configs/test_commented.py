"""Configs are put together as spaCy does it, and keep their comments."""

import pytest
from thinc.api import Config

from spacy_bert_ext.cli.configs.commented import CommentedConfig

TEXT = """# What it is for.

[training]
# When it stops.
max_steps = 100
augmenter = null

# How it learns.
[training.optimizer]
@optimizers = "Adam.v1"
# How fast.
learn_rate = 0.1

[training.optimizer.schedule]
@schedules = "constant.v1"

[corpora]
"""


def merged(other: str) -> str:
    config = CommentedConfig(TEXT)
    config.merge(CommentedConfig(other))
    text = config.to_str()
    update = Config().from_str(other if other.startswith("[training]") else f"[training]\n{other}", interpolate=False)
    expected = Config().from_str(TEXT, interpolate=False).merge(update)
    assert Config().from_str(text, interpolate=False) == expected
    return text


def test_text_survives() -> None:
    assert CommentedConfig(TEXT).to_str() == TEXT


def test_values_of_several_lines_survive() -> None:
    text = '[nlp]\npipeline = [\n    "a",\n    "b"]\nlang = "en"\n'
    assert CommentedConfig(text).to_str() == text


def test_a_value_is_replaced_and_keeps_its_comment() -> None:
    assert "# When it stops.\nmax_steps = 5\n" in merged("[training]\nmax_steps = 5\n")


def test_a_comment_is_replaced_by_that_of_the_new_value() -> None:
    text = merged("[training]\n# An epoch.\nmax_steps = 5\n")
    assert "# An epoch.\nmax_steps = 5\n" in text and "When it stops" not in text


def test_sections_above_a_new_one_are_written_too() -> None:
    config = CommentedConfig(TEXT)
    config.merge(CommentedConfig("[a.b.c]\nd = 1\n"))
    assert config.to_str() == f"{TEXT}\n[a]\n\n[a.b]\n\n[a.b.c]\nd = 1\n"


def test_a_new_section_stands_beside_its_relatives() -> None:
    text = merged('[training.logger]\n@loggers = "spacy.ConsoleLogger.v1"\n')
    assert text.index("[training.optimizer.schedule]") < text.index("[training.logger]") < text.index("[corpora]")


@pytest.mark.parametrize(
    "other",
    [
        '[training.optimizer]\n@optimizers = "SGD.v1"\nL2 = 0.0\n',
        '[training.optimizer]\n@optimizers = "SGD.v1"\n[training.optimizer.learn_rate]\n@schedules = "constant.v1"\n',
    ],
)
def test_another_function_replaces_a_section_and_those_below_it(other: str) -> None:
    text = merged(other)
    assert "# How it learns.\n[training.optimizer]" in text
    assert "How fast" not in text and "[training.optimizer.schedule]" not in text


def test_the_same_function_keeps_the_other_settings() -> None:
    assert "learn_rate = 0.1" in merged('[training.optimizer]\n@optimizers = "Adam.v1"\nL2 = 0.0\n')


def test_a_block_takes_the_place_of_a_value() -> None:
    assert "augmenter =" not in merged('[training.augmenter]\n@augmenters = "spacy.lower_case.v1"\nlevel = 0.1\n')


def test_a_value_takes_the_place_of_a_block() -> None:
    assert "[training.optimizer.schedule]" not in merged("[training.optimizer]\nschedule = null\n")


@pytest.mark.parametrize("text", ["no config", "a = 1", "[section]\nno setting\n", "[nlp\nlang = 1"])
def test_other_lines_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\[B323\].*`(no config|a = 1|no setting|\[nlp)`"):
        CommentedConfig(text)
