"""Settings of architectures: every key is read back from what was built; bad values are refused."""

import inspect
from typing import Any

import pytest
from spacy.util import registry
from thinc.api import Config

from spacy_bert_ext.architectures import build_text_classifier_v1, build_token_classifier_v1
from spacy_bert_ext.defaults import default_text
from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.encoder.settings import EncoderSettings
from spacy_bert_ext.heads.model import head_of
from spacy_bert_ext.heads.text_classifier import TextClassifier
from spacy_bert_ext.heads.token_classifier import TokenClassifier
from tests.built import ENCODER, FACTORIES, build
from tests.coded import raises_code
from tests.tiny import make_encoder


def default_block(factory: str) -> dict[str, Any]:
    """Of the file of a factory, which has no other component."""
    components = Config().from_str("[components]\n[training]\n" + default_text(factory))["components"]
    assert list(components) == [factory]
    return components[factory]


def listener(upstream: str = "*") -> dict[str, str]:
    return {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": upstream}


@pytest.fixture
def encoder(bert_folder) -> EncoderModel:
    return make_encoder(bert_folder)


@pytest.mark.parametrize("name", FACTORIES)
def test_defaults_of_the_blocks_are_those_of_the_architectures(name: str) -> None:
    block = default_block(name)["model"]
    parameters = inspect.signature(registry.architectures.get(block["@architectures"])).parameters
    for key, parameter in parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            assert block[key] == parameter.default, key


def test_encoder_settings_are_read_back() -> None:
    model = build("BertEncoder", **ENCODER)
    assert model.shims[0].settings == EncoderSettings(**ENCODER)
    assert set(ENCODER) == set(EncoderSettings.__dataclass_fields__)


@pytest.mark.parametrize("freeze", ["none", "embeddings", "all", 0, 12])
def test_freeze_may_be_a_word_or_a_number(freeze: str | int) -> None:
    found = build("BertEncoder", name="x", freeze=freeze).shims[0].settings.freeze
    assert found == freeze and type(found) is type(freeze)


def test_building_an_encoder_reads_no_file() -> None:
    assert build("BertEncoder", name="/no/such/folder").shims[0].module is None


@pytest.mark.parametrize("pooling", ["first", "mean", "max"])
def test_token_classifier_settings_are_read_back(pooling: str) -> None:
    model = build("TokenClassifier", pooling=pooling, dropout=0.25, casing=True, encoder=listener("mine"))
    assert head_of(model) == TokenClassifier(pooling=pooling, dropout=0.25, casing=True)
    assert model.get_ref("encoder").upstream == "mine"


@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "attention", "pooler"])
def test_text_classifier_settings_are_read_back(pooling: str) -> None:
    model = build("TextClassifier", pooling=pooling, dropout=0.0, encoder=listener("mine"))
    assert head_of(model) == TextClassifier(pooling=pooling, dropout=0.0)
    assert model.get_ref("encoder").upstream == "mine"


def test_a_head_may_have_an_encoder_of_its_own() -> None:
    own = {"@architectures": "spacy-bert-ext.BertEncoder.v1", **ENCODER}
    for architecture in ("TokenClassifier", "TextClassifier"):
        model = build(architecture, encoder=own)
        assert model.get_ref("encoder").shims[0].settings == EncoderSettings(**ENCODER)


@pytest.mark.parametrize(
    ("architecture", "settings", "code", "named"),
    [
        ("BertEncoder", {"name": "x", "precision": "int8"}, "B010", "auto, fp32, bf16, fp16"),
        ("BertEncoder", {"name": "x", "unfreeze_step": -1}, "B012", "`unfreeze_step = -1`"),
        ("BertEncoder", {"name": "x", "lora_rank": -1}, "B012", "`lora_rank = -1`"),
        ("BertEncoder", {"name": "x", "lora_alpha": 0.0}, "B012", "`lora_alpha = 0.0`"),
        ("TokenClassifier", {"pooling": "last"}, "B010", "first, mean, max"),
        ("TokenClassifier", {"pooling": "cls"}, "B010", "first, mean, max"),
        ("TokenClassifier", {"dropout": 1.0}, "B012", "dropout"),
        ("TokenClassifier", {"dropout": -0.1}, "B012", "dropout"),
        ("TextClassifier", {"pooling": "first"}, "B010", "cls, mean, max, attention, pooler"),
        ("TextClassifier", {"dropout": 1.5}, "B012", "dropout"),
        ("SentenceClassifier", {"hidden": 100, "n_heads": 8}, "B469", "a multiple of 16"),
        ("SentenceClassifier", {"n_layers": 13}, "B012", "n_layers"),
        ("SentenceClassifier", {"n_heads": 0}, "B012", "n_heads"),
    ],
)
def test_bad_values_are_refused_with_what_is_allowed(architecture: str, settings: dict, code: str, named: str) -> None:
    if architecture != "BertEncoder":
        settings = {"encoder": listener(), **settings}
    with raises_code(code) as caught:
        build(architecture, **settings)
    assert named in str(caught.value)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="windows"):
        build("BertEncoder", name="x", windows=3)


@pytest.mark.parametrize("build", [build_token_classifier_v1, build_text_classifier_v1])
@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_is_no_share_is_refused(encoder, build, dropout):
    with pytest.raises(ValueError, match=r"B012.*`dropout = "):
        build(encoder, dropout=dropout)


def test_poolings_of_the_other_head_are_refused(encoder):
    with pytest.raises(ValueError, match=r"B010.*'attention'.*`pooling`"):
        build_token_classifier_v1(encoder, pooling="attention")
    with pytest.raises(ValueError, match=r"B010.*'first'.*`pooling`"):
        build_text_classifier_v1(encoder, pooling="first")
