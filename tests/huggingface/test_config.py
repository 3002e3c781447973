"""config.json as transformers writes it is taken, whatever types its settings have."""

import json
from types import SimpleNamespace

import pytest
from transformers import (
    CONFIG_MAPPING,
    PretrainedConfig,
    T5Config,
)

from spacy_bert_ext.huggingface.config import check_types
from spacy_bert_ext.huggingface.loading import load_checkpoint

FILES = SimpleNamespace(name="mine")


class Layered(PretrainedConfig):
    """Lists of texts and of numbers by default, as ModernBERT's since transformers 5."""

    model_type = "layered"

    def __init__(
        self,
        layer_types: list[str] | None = None,
        window: list[int] | int = 4,
        shape: tuple[int, int] = (4, 4),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.layer_types = ["full", "sliding"] if layer_types is None else layer_types
        self.window = window
        self.shape = shape


def check(kind: type[PretrainedConfig], **settings: object) -> None:
    check_types(FILES, json.loads(kind(**settings).to_json_string(use_diff=False)), kind)


@pytest.mark.parametrize("model_type", ["bert", "deberta-v2", "longformer", "modernbert", "reformer", "xlnet"])
def test_what_transformers_writes_is_taken(model_type: str) -> None:
    check(CONFIG_MAPPING[model_type])


@pytest.mark.parametrize(
    "settings",
    [{}, {"layer_types": ["full"]}, {"layer_types": []}, {"window": 8}, {"window": [8, 4]}, {"shape": (2, 8)}],
)
def test_lists_are_taken_where_they_are_the_default_and_one_each_where_they_are_allowed(settings) -> None:
    check(Layered, **settings)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"layer_types": "full"}, "`layer_types = 'full'` in config.json is no list"),
        ({"window": ["8"]}, r"`window = \['8'\]` in config.json is no number"),
        ({"shape": 4}, "`shape = 4` in config.json is no list"),
    ],
)
def test_settings_of_another_type_are_refused(settings, reason) -> None:
    table = json.loads(Layered().to_json_string(use_diff=False)) | settings
    with pytest.raises(ValueError, match=f"B172.*'mine': {reason}"):
        check_types(FILES, table, Layered)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model_type": "no-such-model"}'])
def test_a_damaged_config_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match="B001"):
        load_checkpoint(str(folder))


def test_an_encoder_with_a_decoder_is_refused(tmp_path):
    T5Config(d_model=8, num_layers=1).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"B009.*'t5'.*an encoder with a decoder"):
        load_checkpoint(str(tmp_path))
