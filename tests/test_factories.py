"""Settings: every key of every factory and architecture is read back from what was built; bad values are refused."""

import inspect
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.util import registry
from thinc.api import Config

from spacy_bert_ext import factories
from spacy_bert_ext.defaults import default_text
from spacy_bert_ext.encoder.backends.registry import BACKENDS
from spacy_bert_ext.encoder.backends.torch_backend import TorchBackend
from spacy_bert_ext.encoder.model import max_batch_pieces_of
from spacy_bert_ext.encoder.settings import EncoderSettings
from spacy_bert_ext.heads.model import head_of
from spacy_bert_ext.heads.text_classifier import TextClassifier
from spacy_bert_ext.heads.token_classifier import TokenClassifier
from spacy_bert_ext.sharing.listener import EncoderListener
from tests.pipeline.pipelines import raises_code

FACTORIES = ("bert_encoder", "bert_ner", "bert_textcat", "bert_textcat_multilabel")

BACKENDS.register("tests.other", func=TorchBackend)

# A value other than the default for every setting.
ENCODER = {
    "name": "some/folder",
    "revision": "v2",
    "window_pieces": 100,
    "overlap_pieces": 7,
    "precision": "bf16",
    "device": "cuda:3",
    "backend": "tests.other",
    "freeze": 2,
    "unfreeze_step": 50,
    "lora_rank": 4,
    "lora_alpha": 6.0,
    "gradient_checkpointing": True,
    "window_pooling": "mean",
    "pieces_from": "text",
    "context_pieces": 5,
}


def default_block(factory: str) -> dict[str, Any]:
    """Of the file of a factory, which has no other component."""
    components = Config().from_str("[components]\n[training]\n" + default_text(factory))["components"]
    assert list(components) == [factory]
    return components[factory]


def build(architecture: str, **settings: Any) -> Any:
    block = {"model": {"@architectures": f"spacy-bert-ext.{architecture}.v1", **settings}}
    return registry.resolve(Config(block))["model"]


def listener(upstream: str = "*") -> dict[str, str]:
    return {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": upstream}


# Blocks


@pytest.mark.parametrize("name", FACTORIES)
def test_default_block_is_the_config_that_a_factory_is_given(name: str) -> None:
    block = default_block(name)
    settings = dict(block)
    assert settings.pop("factory") == name
    assert Language.get_factory_meta(name).default_config == settings
    nlp = spacy.blank("en")
    nlp.add_pipe(name)
    assert dict(nlp.get_pipe_config(name)) == block


@pytest.mark.parametrize("name", FACTORIES)
def test_default_block_names_every_setting(name: str) -> None:
    """Nothing is left to a default in code that one doesn't see in a saved config."""
    block = default_block(name)
    make = getattr(factories, f"make_{name}")
    assert set(block) - {"factory"} == set(inspect.signature(make).parameters) - {"nlp", "name"}
    parts = [block["model"]] + ([block["model"]["encoder"]] if "encoder" in block["model"] else [])
    for part in parts:
        function = registry.architectures.get(part["@architectures"])
        assert set(part) - {"@architectures"} == set(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", FACTORIES)
def test_defaults_of_the_blocks_are_those_of_the_architectures(name: str) -> None:
    block = default_block(name)["model"]
    parameters = inspect.signature(registry.architectures.get(block["@architectures"])).parameters
    for key, parameter in parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            assert block[key] == parameter.default, key


# Architectures


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


@pytest.mark.parametrize("upstream", ["*", "my_encoder"])
def test_listener_settings_are_read_back(upstream: str) -> None:
    model = build("EncoderListener", upstream=upstream)
    assert isinstance(model, EncoderListener)
    assert model.upstream == upstream


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


# Components


def test_encoder_component_settings_are_read_back(nlp: Language) -> None:
    encoder = nlp.add_pipe(
        "bert_encoder",
        name="mine",
        config={"max_batch_pieces": 77, "keep": "tokens", "layers": [0, -2], "model": ENCODER},
    )
    assert encoder.name == "mine"
    assert max_batch_pieces_of(encoder.model) == 77
    assert encoder.keep == "tokens"
    assert encoder.layers == (0, -2)
    assert encoder.model.shims[0].settings == EncoderSettings(**ENCODER)


@pytest.mark.parametrize("decoder", ["greedy", "constrained", "crf"])
def test_ner_settings_are_read_back(nlp: Language, decoder: str) -> None:
    model = {"pooling": "max", "dropout": 0.3, "encoder": {"upstream": "mine"}}
    ner = nlp.add_pipe(
        "bert_ner", config={"decoder": decoder, "min_score": 0.3, "overwrite": True, "model": model, "scorer": None}
    )
    assert ner.decoder == decoder
    assert ner.min_score == 0.3
    assert ner.overwrite is True
    assert ner.scorer is None
    assert head_of(ner.model) == TokenClassifier(pooling="max", dropout=0.3, casing=False, crf=decoder == "crf")
    assert ner.model.get_ref("encoder").upstream == "mine"


@pytest.mark.parametrize("name", ["bert_textcat", "bert_textcat_multilabel"])
def test_textcat_settings_are_read_back(nlp: Language, name: str) -> None:
    model = {"pooling": "attention", "dropout": 0.3, "encoder": {"upstream": "mine"}}
    textcat = nlp.add_pipe(name, config={"threshold": 0.75, "model": model, "scorer": None})
    assert textcat.cfg["threshold"] == 0.75
    assert textcat.exclusive == (name == "bert_textcat")
    assert textcat.scorer is None
    assert head_of(textcat.model) == TextClassifier(pooling="attention", dropout=0.3)
    assert textcat.model.get_ref("encoder").upstream == "mine"


@pytest.mark.parametrize("name", FACTORIES[1:])
def test_default_scorers_score(nlp: Language, name: str) -> None:
    assert callable(nlp.add_pipe(name).scorer)


@pytest.mark.parametrize(
    ("name", "settings", "code"),
    [
        ("bert_encoder", {"keep": "everything"}, "B010"),
        ("bert_encoder", {"max_batch_pieces": 0}, "B012"),
        ("bert_ner", {"decoder": "viterbi"}, "B010"),
        ("bert_ner", {"min_score": 1.5}, "B012"),
        ("bert_ner", {"min_score": -0.1}, "B012"),
        ("bert_textcat", {"threshold": 2.0}, "B012"),
        ("bert_textcat_multilabel", {"threshold": -1.0}, "B012"),
    ],
)
def test_bad_component_settings_are_refused(nlp: Language, name: str, settings: dict, code: str) -> None:
    with raises_code(code):
        nlp.add_pipe(name, config=settings)


@pytest.mark.parametrize("name", FACTORIES)
def test_unknown_component_settings_are_refused(nlp: Language, name: str) -> None:
    with pytest.raises(ValueError, match="no_such_setting"):
        nlp.add_pipe(name, config={"no_such_setting": 1})


def test_config_survives_text(nlp: Language) -> None:
    for name in FACTORIES:
        nlp.add_pipe(name, config={"model": ENCODER} if name == "bert_encoder" else {})
    again = spacy.util.load_model_from_config(Config().from_str(nlp.config.to_str()), auto_fill=False)
    assert again.config["components"] == nlp.config["components"]
    assert again.pipe_names == list(FACTORIES)
    assert again.get_pipe("bert_encoder").model.shims[0].settings == EncoderSettings(**ENCODER)
