"""Which encoder is at hand."""

from collections.abc import Set as AbstractSet
from types import SimpleNamespace

import pytest

from spacy_bert_ext.cli.configs.default_encoders import ELSEWHERE
from spacy_bert_ext.cli.quick import encoders
from spacy_bert_ext.cli.quick.encoders import choose_encoder


def put(
    monkeypatch: pytest.MonkeyPatch,
    here: AbstractSet[str],
    on_hub: AbstractSet[str],
    error: type[Exception] = OSError,
) -> None:
    def model_info(name: str, timeout: float) -> None:
        if name not in on_hub:
            raise error("offline")

    monkeypatch.setattr(encoders, "is_at_hand", lambda name: name in here)
    monkeypatch.setattr(encoders, "HfApi", lambda: SimpleNamespace(model_info=model_info))


def test_the_default_of_the_language_is_taken_where_it_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, {"bert-base-chinese", ELSEWHERE.name}, set())
    assert choose_encoder("zh") == "bert-base-chinese"
    assert choose_encoder("fi") == ELSEWHERE.name
    put(monkeypatch, {ELSEWHERE.name}, {"bert-base-chinese"})
    assert choose_encoder("zh") == "bert-base-chinese"


def test_else_the_one_for_many_languages_if_it_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, {ELSEWHERE.name}, set())
    assert choose_encoder("zh") == ELSEWHERE.name


def test_a_hub_that_fails_in_any_way_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, {ELSEWHERE.name}, set(), RuntimeError)
    assert choose_encoder("zh") == ELSEWHERE.name


def test_else_one_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, set(), set())
    with pytest.raises(ValueError, match=r"B546.*'zh', 'bert-base-chinese'.*--encoder"):
        choose_encoder("zh")


def test_the_hub_is_not_asked_offline() -> None:
    """The tests set HF_HUB_OFFLINE: its error is one of those that are caught."""
    with pytest.raises(ValueError, match="B546"):
        choose_encoder("nl")
