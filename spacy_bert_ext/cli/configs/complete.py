"""A partial config is completed with the defaults of this package, as `spacy init fill-config` does with spaCy's.

What components and training have by default stands in `spacy_bert_ext/defaults/`; here is only what follows from the
language, the encoder and the other components.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

import spacy
from spacy.language import Language
from spacy.util import combine_score_weights, get_lang_class, registry
from thinc.api import Config

from ...defaults import default_text, has_defaults
from ...errors import Errors
from ...pipeline.saved_config import ENCODER_ARCHITECTURE
from ...pipeline.score_weights import default_weights
from .commented import CommentedConfig, Section
from .encoder_settings import WINDOW_PIECES, EncoderSettings, settings_for

ENCODER_FACTORY, PRETRAINING_FACTORY = "bert_encoder", "bert_pretraining"
AS_IN_ENCODER = ("revision", "window_pieces", "context_pieces")  # settings of the batcher that an encoder has, too


def complete_config(partial: str) -> str:
    """The text of a config to which nothing has to be added for training but paths; with comments.

    partial (str): Text of a config with [nlp] lang and pipeline. All that it says stays. Unlike spaCy's, it need not
        have the sections above a section.
    RAISES (ImportError): A language that spaCy does not know.
    RAISES (ValueError): It can't be read, has no lang or pipeline, or names a factory or architecture that does not
        exist.
    """
    given = CommentedConfig(partial)
    lang, pipeline = _value(given, "nlp", "lang"), _value(given, "nlp", "pipeline")
    if not isinstance(pipeline, list):
        raise ValueError(Errors.B324.format(found=given.value("nlp", "pipeline")))
    language = get_lang_class(lang)
    factories = {name: _factory(given, name) for name in pipeline if not _is_sourced(given, name)}
    config = _training(pretrains={*factories.values()} == {ENCODER_FACTORY, PRETRAINING_FACTORY})
    for part in ("nlp", "initialize"):
        tokenizer = language.default_config[part]["tokenizer"]
        config.merge(_section(f"{part}.tokenizer", tokenizer, "# The language's own." if part == "nlp" else ""))
    known = factory_names()  # which registers those of packages
    for name, factory in factories.items():
        if not language.has_factory(factory):
            raise ValueError(Errors.B321.format(found=factory, allowed=", ".join(known)))
        config.merge(_component(language, name, factory))
    _set_encoder(config, given, factories)
    settings = encoder_settings_of(given, config)
    _adapt(config, given, factories, settings)
    config.merge(_section("training.score_weights", _score_weights(language, given, factories)))
    listeners = {name: found for name, found in config.sections.items() if name.endswith(".model.encoder")}
    config.merge(given)
    for name, listener in listeners.items():
        model = name.removesuffix(".encoder")
        if name not in config.sections and _takes_encoder(config, model):
            config.merge(CommentedConfig.of({name: listener}))
    text = config.to_str()
    Config().from_str(text, interpolate=False)  # its errors name the place
    return text


def _training(*, pretrains: bool) -> CommentedConfig:
    """What a config has besides components. Pre-training reads raw text instead of annotated Docs."""
    config = CommentedConfig(default_text("training"))
    if pretrains:
        other = CommentedConfig(default_text("pretraining"))
        config.sections["paths"] = other.sections["paths"]
        config.merge(other)
    return config


def _value(config: CommentedConfig, section: str, key: str) -> Any:
    """RAISES (ValueError): Not there."""
    value = _read_value(config.value(section, key) or "null")
    if value is None:
        raise ValueError(Errors.B322.format(section=section, key=key))
    return value


def _read_value(text: str) -> Any:
    return Config().from_str(f"[section]\nkey = {text}")["section"]["key"]


def _is_sourced(config: CommentedConfig, name: str) -> bool:
    """From another pipeline, which has its settings."""
    return config.value(f"components.{name}", "source") is not None


def _factory(config: CommentedConfig, name: str) -> str:
    """Of a component; by default it is called as its factory is."""
    factory = config.value(f"components.{name}", "factory")
    return name if factory is None else _read_value(factory)


def factory_names() -> list[str]:
    """Those of spaCy and of all packages that are installed."""
    return spacy.blank("xx").factory_names  # a language without needs of its own


def _component(language: type[Language], name: str, factory: str) -> CommentedConfig:
    """Default settings of a component; with comments if its factory is one of this package."""
    if has_defaults(factory):
        text = default_text(factory).replace(f"[components.{factory}", f"[components.{name}")
    else:
        settings = {"factory": factory, **(language.get_factory_meta(factory).default_config or {})}
        text = Config({"components": {name: settings}}).to_str(interpolate=False)
    return CommentedConfig(text)


def _score_weights(
    language: type[Language], given: CommentedConfig, factories: Mapping[str, str]
) -> dict[str, float | None]:
    """Those of the components by their keys of `doc.spans`; null for those of keys that no component has.

    spaCy adds the scores that a factory names to a config without them, though a component has another key.
    """
    weights = []
    given_weights = given.sections.get("training.score_weights", Section()).settings
    out = {score for score, found in given_weights.items() if found.value == "null"}  # the others share their weight
    named: set[str] = set()
    for name, factory in factories.items():
        meta, key = language.get_factory_meta(factory), given.value(f"components.{name}", "spans_key")
        settings = {} if key is None or "${" in key else {"spans_key": _read_value(key)}
        weights.append({score: weight for score, weight in default_weights(meta, settings).items() if score not in out})
        named.update(meta.default_score_weights or {})
    combined: dict[str, float | None] = combine_score_weights(weights)
    return {**combined, **dict.fromkeys(sorted(named - combined.keys()))}


def _set_encoder(config: CommentedConfig, given: CommentedConfig, factories: Mapping[str, str]) -> None:
    """What the batcher, which counts an encoder's pieces, has to know of it, from the encoder's block.

    Without an encoder of its own (that of another pipeline, another component) the config names none, and the batcher
    counts tokens.
    """
    blocks = list(_encoder_blocks(given, factories))
    named = [name for block in blocks if (name := given.value(block, "name")) and "${" not in name]
    if not blocks or named:
        config.set("paths", "encoder", named[0] if named else "null")
    for key in AS_IN_ENCODER:
        values = {given.value(block, key) for block in blocks}
        value = values.pop() if len(values) == 1 else None
        if value is not None:
            config.set("training.batcher", key, value)
    pieces_from = {given.value(block, "pieces_from") for block in blocks} - {None}
    if config.value("corpora.train", "pieces_from") is not None and len(pieces_from) == 1:
        config.set("corpora.train", "pieces_from", str(*pieces_from))


def _encoder_blocks(given: CommentedConfig, factories: Mapping[str, str]) -> Iterator[str]:
    """Names of the blocks of encoders: of components that are shared, and of heads that have their own."""
    yield from (f"components.{name}.model" for name, factory in factories.items() if factory == ENCODER_FACTORY)
    for name in given.sections:
        is_of_head = name.startswith("components.") and name.endswith(".model.encoder")
        if is_of_head and given.value(name, "@architectures") == json.dumps(ENCODER_ARCHITECTURE):
            yield name


def _takes_encoder(config: CommentedConfig, model: str) -> bool:
    """Whether the architecture of a head's model has a parameter `encoder`, which is not given."""
    section = config.sections.get(model, Section())
    if section.function is None or "encoder" in section.settings:
        return False
    kind, name = section.function
    return "encoder" in signature(registry.get(kind.removeprefix("@"), _read_value(name))).parameters


def encoder_settings_of(given: CommentedConfig, config: CommentedConfig) -> EncoderSettings:
    """Of the encoder that `paths.encoder` names. config (CommentedConfig): What is taken if `given` names none."""
    named = [given.value("paths", "encoder"), config.value("paths", "encoder")]
    name, revision = next((value for value in named if value), "null"), config.value("training.batcher", "revision")
    return settings_for(_read_value(name) or "", _read_value(revision or "null"))


def _adapt(
    config: CommentedConfig, given: CommentedConfig, factories: Mapping[str, str], settings: EncoderSettings
) -> None:
    """Settings that follow from the encoder, and from the name of the component that shares it."""
    encoders = [name for name, factory in factories.items() if factory == ENCODER_FACTORY]
    for name in encoders:
        config.set(f"components.{name}.model", "name", "${paths.encoder}")
    for section in list(config.sections):
        if config.value(section, "upstream") == '"*"' and len(encoders) == 1:
            config.set(section, "upstream", json.dumps(encoders[0]))
        if config.value(section, "casing") == "false" and settings.is_uncased:
            config.set(section, "casing", "true")
    rate = str(settings.learn_rate)
    config.set("training.optimizer", "encoder_learn_rate", rate)
    if settings.name and given.value("training.optimizer", "encoder_learn_rate") is None:
        config.sections["training.optimizer"].settings["encoder_learn_rate"].comment += f"\n# {settings.basis}"
    if PRETRAINING_FACTORY in factories.values():  # the head is no newer than the encoder
        config.set("training.optimizer", "head_learn_rate", rate)
    if not any(given.value(block, "window_pieces") for block in _encoder_blocks(given, factories)):
        _fit_window(config, encoders, settings)


def _fit_window(config: CommentedConfig, encoders: Sequence[str], settings: EncoderSettings) -> None:
    """To an encoder that takes no window of the default length."""
    if settings.window_pieces == WINDOW_PIECES:
        return
    for block in [f"components.{name}.model" for name in encoders]:
        config.set(block, "window_pieces", str(settings.window_pieces))
        config.set(block, "overlap_pieces", str(settings.overlap_pieces))
    config.set("training.batcher", "window_pieces", str(settings.window_pieces))


def _section(name: str, settings: Mapping[str, object], comment: str = "") -> CommentedConfig:
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return CommentedConfig("\n".join([comment, f"[{name}]", *lines]))
