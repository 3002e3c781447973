"""A head in the form that transformers has for it: its own, or one linear layer of ours that it knows, too."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor, nn

from ..errors import Errors
from ..heads.huggingface_head import HuggingFaceHead
from ..heads.module import HeadModule
from ..heads.token_classifier import TokenClassifierModule
from ..huggingface.classifiers import Task
from ..huggingface.parts import ANSWER_LAYER
from ..huggingface.types import PretrainedConfig

# Settings with which transformers finds something else: what was found, and what would be the same.
Differences = Mapping[str, tuple[object, object]]


class Exported(NamedTuple):
    """task: As the Hugging Face hub names it.

    names: Of the outputs, in their order.
    weights: By the names that they have in transformers' model.
    config: The config of transformers' own head; None for a linear layer of ours, which takes the encoder's.
    problem_type: Of a text classifier, see transformers' `PretrainedConfig`.
    """

    task: Task
    names: Sequence[str]
    weights: Mapping[str, Tensor]
    config: PretrainedConfig | None = None
    problem_type: str | None = None
    differences: Differences = MappingProxyType({})


def export_token_classifier(
    name: str, module: nn.Module, names: Sequence[str], differences: Differences | None = None
) -> Exported:
    """name (str): Of the component, for the error.

    names (Sequence[str]): Of the outputs. A head of transformers' own has its own names for them.
    RAISES (ValueError): transformers has no form for the head.
    """
    differences = differences or {}
    task: Task = "token-classification"
    if isinstance(module, HuggingFaceHead):
        return Exported(task, module.names(), module.model.state_dict(), module.config, differences=differences)
    if not isinstance(module, TokenClassifierModule):
        raise ValueError(Errors.B046.format(name=name, architecture=type(module).__name__))
    if module.casing is not None:
        raise ValueError(Errors.B049.format(name=name))
    weights = {f"classifier.{key}": weight for key, weight in module.output.state_dict().items()}
    return Exported(task, names, weights, differences=differences)


def export_question_answerer(module: HeadModule) -> Exported:
    """module (HeadModule): Whose only layer is `output`."""
    weights = {f"{ANSWER_LAYER}.{key.removeprefix('output.')}": weight for key, weight in module.state_dict().items()}
    return Exported("question-answering", ("LABEL_0", "LABEL_1"), weights)


def export_text_classifier(name: str, module: nn.Module, problem_type: str | None) -> Exported:
    """name (str): Of the component, for the error.

    RAISES (ValueError): transformers has no form for the head.
    """
    if not isinstance(module, HuggingFaceHead):
        raise ValueError(Errors.B046.format(name=name, architecture=type(module).__name__))
    return Exported(
        "text-classification", module.names(), module.model.state_dict(), module.config, problem_type=problem_type
    )
