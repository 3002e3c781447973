"""Encoders of a pipeline move; heads that listen to them have none."""

import pytest
from spacy.language import Language

from spacy_bert_ext.pipeline.moving import move_encoders


def test_each_encoder_is_moved_once(trained: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    for _, pipe in trained.pipeline:
        monkeypatch.setattr(
            type(pipe), "to", lambda self, device: moved.append(f"{self.name}: {device}"), raising=False
        )
    move_encoders(trained, "cuda:1")
    assert moved == ["bert_encoder: cuda:1"]
