"""What follows from an encoder's size."""

import json
from pathlib import Path

import pytest
from thinc.api import Config

from spacy_bert_ext.cli.configs.encoder_settings import rate_for, settings_for
from spacy_bert_ext.cli.configs.tasks import make_config


@pytest.mark.parametrize(
    ("width", "rate"), [(128, 2e-4), (384, 2e-4), (512, 2e-4), (768, 5e-5), (None, 5e-5), (1024, 2e-5)]
)
def test_wide_encoders_learn_slowly(width: int | None, rate: float) -> None:
    assert rate_for(width) == rate


def test_nothing_is_known_of_an_encoder_that_is_not_here() -> None:
    settings = settings_for("nobody/bert-uncased")
    assert settings.description is None and settings.is_uncased
    assert (settings.learn_rate, settings.window_pieces, settings.overlap_pieces) == (5e-5, 256, 32)
    assert settings.basis == "'nobody/bert-uncased' is not here to be read, and this is the rate for 768 dimensions."


@pytest.mark.parametrize(("positions", "window", "overlap"), [(64, 64, 16), (128, 128, 32), (512, 256, 32)])
def test_windows_fit_the_positions(positions: int, window: int, overlap: int, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 8, "max_position_embeddings": positions}))
    settings = settings_for(str(tmp_path))
    assert (settings.window_pieces, settings.overlap_pieces) == (window, overlap)
    config = Config().from_str(make_config(["bert_ner"], str(tmp_path), "en"))
    model = config["components"]["bert_encoder"]["model"]
    assert (model["window_pieces"], model["overlap_pieces"]) == (window, overlap)
    assert config["training"]["batcher"]["window_pieces"] == window


def test_what_a_config_sets_otherwise_is_not_told(bert_folder: str) -> None:
    config = Config().from_str(make_config(["bert_ner"], bert_folder, "en"))
    settings = settings_for(bert_folder)
    assert [line.split(" ")[0] for line in settings.told(config)] == ["encoder_learn_rate", "window_pieces", "casing"]
    config["training"]["optimizer"]["encoder_learn_rate"] = 1e-3
    config["training"]["batcher"]["window_pieces"] = 64
    config["components"]["bert_ner"]["model"]["casing"] = False
    assert settings.told(config) == []


def test_the_config_says_what_its_rate_follows_from(bert_folder: str) -> None:
    text = make_config(["bert_ner"], bert_folder, "en")
    assert f"# '{bert_folder}' has 32 dimensions.\nencoder_learn_rate = 0.0002" in text
    own = make_config(["bert_ner"], bert_folder, "en", more="[training.optimizer]\nencoder_learn_rate = 0.001")
    assert "has 32 dimensions" not in own
