"""The two components that pre-training needs: an encoder, and a language model that learns with it."""

from typing import Any, NamedTuple, Protocol

from spacy.language import Language
from spacy.util import dot_to_object
from thinc.api import Config

from ..errors import Errors
from ..heads.language_model import LanguageModelModule
from ..huggingface.types import PreTrainedModel, PreTrainedTokenizerFast
from ..pipeline.answers import answers
from ..pipeline.bert_encoder import BertEncoder


class Objective(Protocol):
    """A component that learns from raw text."""

    name: str

    @property
    def module(self) -> LanguageModelModule:
        """The head."""

    def language_model(self) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
        """See `HeadAnswers.language_model`."""


class Parts(NamedTuple):
    encoder: BertEncoder
    objective: Objective


def find_parts(nlp: Language) -> Parts:
    """The components of a pipeline that is to be pre-trained.

    RAISES (ValueError): There is no language model, or there are several; no encoder of its own, or several; another
        component would learn as well.
    """
    pipes: dict[str, Any] = dict(nlp.pipeline)
    objectives = {name: pipe for name, pipe in pipes.items() if answers(pipe, "language_model")}
    encoders = {name: pipe for name, pipe in pipes.items() if isinstance(pipe, BertEncoder)}
    frozen = nlp.config["training"]["frozen_components"]
    learners = [name for name, pipe in pipes.items() if getattr(pipe, "is_trainable", False) and name not in frozen]
    others = [name for name in learners if name not in {*objectives, *encoders}]
    if not objectives:
        raise ValueError(Errors.B422.format(pipeline=", ".join(pipes) or "nothing"))
    if others:
        raise ValueError(Errors.B423.format(others=", ".join(others)))
    if len(encoders) != 1 or len(objectives) != 1:
        raise ValueError(Errors.B424.format(encoders=", ".join(encoders) or "none", objectives=", ".join(objectives)))
    (encoder,), (objective,) = encoders.values(), objectives.values()
    return Parts(encoder, objective)


def parts_of(nlp: Language) -> Parts | None:
    """The same; None for another pipeline."""
    has_language_model = any(answers(pipe, "language_model") for _, pipe in nlp.pipeline)
    return find_parts(nlp) if has_language_model else None


def corpus_block(config: Config, part: str) -> dict[str, Any]:
    """The block of a corpus, with variables replaced.

    part (str): "train" or "dev".
    """
    config = config.interpolate()
    found: dict[str, Any] = dot_to_object(config, config["training"][f"{part}_corpus"])
    return found


def has_held_out_text(config: Config) -> bool:
    """Whether the dev corpus names any text: its `path` may be null."""
    return corpus_block(config, "dev").get("path", "") is not None
