"""Settings of components: every key is read back from what was built; bad values are refused."""

import inspect
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.util import registry
from thinc.api import Config

from spacy_bert_ext import factories
from spacy_bert_ext.defaults import default_text
from spacy_bert_ext.encoder.model import EncoderModel, max_batch_pieces_of
from spacy_bert_ext.encoder.settings import EncoderSettings
from spacy_bert_ext.heads.model import head_of
from spacy_bert_ext.heads.text_classifier import TextClassifier
from spacy_bert_ext.heads.token_classifier import TokenClassifier
from spacy_bert_ext.sharing.listener import EncoderListener
from tests.built import ENCODER, FACTORIES, build
from tests.coded import raises_code
from tests.tiny import make_encoder


def default_block(factory: str) -> dict[str, Any]:
    """Of the file of a factory, which has no other component."""
    components = Config().from_str("[components]\n[training]\n" + default_text(factory))["components"]
    assert list(components) == [factory]
    return components[factory]


@pytest.fixture
def encoder(bert_folder) -> EncoderModel:
    return make_encoder(bert_folder)


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


@pytest.mark.parametrize("upstream", ["*", "my_encoder"])
def test_listener_settings_are_read_back(upstream: str) -> None:
    model = build("EncoderListener", upstream=upstream)
    assert isinstance(model, EncoderListener)
    assert model.upstream == upstream


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


@pytest.mark.parametrize("name", [name for name in FACTORIES[1:] if name != "bert_pretraining"])  # which scores itself
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
