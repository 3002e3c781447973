"""Fine-tuned checkpoints: an encoder with a head that classifies tokens or texts, or answers questions, read as one or
put together.
"""

from collections.abc import Mapping
from contextlib import closing
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_PRETRAINING_MAPPING,
    MODEL_FOR_QUESTION_ANSWERING_MAPPING,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    PretrainedConfig,
    PreTrainedModel,
)

from ..errors import Errors
from ..runtime.surroundings import in_own_surroundings
from .checkpoint import Checkpoint, check_pieces
from .config import read_config
from .foreign import quiet
from .module import read_module, start_reading
from .source import files_of
from .tokenizer import read_tokenizer
from .types import PreTrainedTokenizerFast

# As the Hugging Face hub names them, but for the last one.
Task = Literal["token-classification", "text-classification", "question-answering", "fill-mask", "pre-training"]

_CLASSIFIERS = {
    "token-classification": MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    "text-classification": MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    "question-answering": MODEL_FOR_QUESTION_ANSWERING_MAPPING,
    "fill-mask": MODEL_FOR_MASKED_LM_MAPPING,
    "pre-training": MODEL_FOR_PRETRAINING_MAPPING,
}
_ENDINGS: dict[str, Task] = {
    "ForTokenClassification": "token-classification",
    "ForSequenceClassification": "text-classification",
    "ForQuestionAnswering": "question-answering",
}

# As most checkpoints were fine-tuned, and as `pipeline(...)` runs those that classify texts.
PIECES_OF_CLASSIFIERS: dict[Task, str] = {
    "token-classification": "tokens",
    "text-classification": "text",
    "question-answering": "text",
}


@in_own_surroundings
def load_classifier(
    name: str, *, revision: str | None = None, pieces_from: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast, Task]:
    """Load a fine-tuned checkpoint whole: encoder, head and labels.

    pieces_from (str): As in `read_checkpoint`; None for what the task is usually fine-tuned with.
    RAISES (ValueError): As `load_checkpoint`; and if the checkpoint has no head of these tasks.
    """
    source = str(name)
    with closing(files_of(name, revision)) as files, quiet():
        config = read_config(files, source)
        architecture = (config.architectures or [config.model_type])[0]
        task = next((task for ending, task in _ENDINGS.items() if architecture.endswith(ending)), None)
        if task is None:
            raise ValueError(Errors.B036.format(name=source, architecture=architecture))
        kind = classifier_class(config, task)
        reading = start_reading(files, source)
        tokenizer = read_tokenizer(files, source, pieces_from or PIECES_OF_CLASSIFIERS[task])
        model = read_module(source, config, reading, kind)
    check_pieces(source, Checkpoint(model.config, tokenizer, model))
    return model, tokenizer, task


def classifier_class(config: PretrainedConfig, task: Task) -> type[PreTrainedModel]:
    """The class for the task with this kind of encoder.

    RAISES (ValueError): There is none.
    """
    chosen: Any = _CLASSIFIERS[task].get(type(config), None)
    if not isinstance(chosen, type) or not issubclass(chosen, PreTrainedModel):
        raise ValueError(Errors.B037.format(model_type=config.model_type, task=task))
    return chosen


def assemble_classifier(
    config: PretrainedConfig, task: Task, *, encoder: nn.Module, head_weights: Mapping[str, Tensor], name: str
) -> PreTrainedModel:
    """Encoder and head put together as transformers has them.

    encoder (Module): As it is saved, see `Checkpoint.plain_module`.
    head_weights (Mapping[str, Tensor]): By the names that they have in the whole. Where both have a weight, such as a
        pooler's, it is the head's.
    name (str): Of the head's component, for the error.
    RAISES (ValueError): The whole has other weights than these.
    """
    with torch.device("meta"):
        model = classifier_class(config, task)(config)
    encoder_weights = {f"{model.base_model_prefix}.{key}": weight for key, weight in encoder.state_dict().items()}
    wanted = model.state_dict().keys()
    if not wanted - encoder_weights.keys() <= head_weights.keys() <= wanted:
        raise ValueError(Errors.B046.format(name=name, architecture=type(model).__name__))
    both = {**encoder_weights, **head_weights}
    model.load_state_dict({key: both[key].detach().cpu() for key in wanted}, assign=True)
    return model


def activation_of(config: PretrainedConfig) -> str | None:
    """The name of what sentence-transformers applies to the output of a cross-encoder: the last part of a path such as
    "torch.nn.modules.activation.Sigmoid". Nothing is imported by it. None if the config names nothing.
    """
    of_sentence_transformers = getattr(config, "sentence_transformers", None)
    found = getattr(config, "sbert_ce_default_activation_function", None)
    if isinstance(of_sentence_transformers, Mapping):
        found = of_sentence_transformers.get("activation_fn", found)
    return None if found is None else str(found).rpartition(".")[2]
