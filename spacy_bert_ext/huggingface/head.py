"""Heads as transformers builds them for each architecture, run on vectors that an encoder component has made.

The head is the whole `AutoModelFor...Classification`, whose encoder is replaced by a part that hands on what it is
given. So the head's dense layers, activations, dropout and pooler are transformers' own, whatever the architecture.
"""

import copy
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

from ..errors import Errors


class _Output(BaseModelOutputWithPooling):
    """What an encoder gives besides, such as Longformer's `global_attentions`, is None."""

    global_attentions = None


class GivenVectors(nn.Module):
    """Stands where the encoder was.

    pooler: The encoder's, if it has one that is applied to its vectors.
    pooler_activation: ALBERT's, whose pooler is but a linear layer.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.pooler: nn.Module | None = getattr(encoder, "pooler", None)
        self.pooler_activation: nn.Module | None = getattr(encoder, "pooler_activation", None)

    def forward(self, *_: object, inputs_embeds: Any, **__: object) -> BaseModelOutputWithPooling:
        return _Output(last_hidden_state=inputs_embeds, pooler_output=self._pooled(inputs_embeds))

    def _pooled(self, vectors: Tensor) -> Any:
        if self.pooler is None:
            return None
        return (
            self.pooler(vectors)
            if self.pooler_activation is None
            else self.pooler_activation(self.pooler(vectors[:, 0]))
        )


def logits_of(output: Any) -> Tensor:
    """Of what a model gives. Of answers those of each piece as the first and the last one: (n_rows, n_pieces, 2). Of
    one that tells next sentences those over the vocabulary, as of another language model."""
    name = next((name for name in ("logits", "prediction_logits") if name in output), None)
    logits: Tensor = torch.stack([output.start_logits, output.end_logits], -1) if name is None else output[name]
    return logits


class ClassifierHead(nn.Module):
    """Maps vectors (n_rows, n_pieces, width) to logits as transformers' model does behind its encoder.

    model (PreTrainedModel): A classifier whose encoder has been replaced; see `take_apart`.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model.train()
        self._make_evaluating()

    def _make_evaluating(self) -> None:
        # A second tree over the same weights, so that predicting never flips the dropout of a shared one. In a tuple,
        # so that its weights are not counted twice.
        shared = {id(tensor): tensor for tensor in chain(self.model.parameters(), self.model.buffers())}
        self._evaluating = (copy.deepcopy(self.model, shared).eval(),)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "ClassifierHead":
        super()._apply(fn, recurse)
        self._make_evaluating()
        return self

    @property
    def config(self) -> PretrainedConfig:
        return self.model.config

    @property
    def width(self) -> int:
        return int(self.config.hidden_size)

    @property
    def n_outputs(self) -> int:
        return int(self.config.num_labels)

    def logits(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Of vectors (n_rows, n_pieces, width): (n_rows, n_pieces, n_outputs), or (n_rows, n_labels)."""
        model = self.model if is_train else self._evaluating[0]
        mask = torch.ones(vectors.shape[:2], dtype=torch.long, device=vectors.device)
        return logits_of(model(inputs_embeds=vectors, attention_mask=mask))

    def replace_output(self, grown: Callable[[nn.Linear], nn.Linear], names: Sequence[str]) -> None:
        """Put another layer in the place of the last one.

        grown (Callable): Makes it of the last one.
        names (Sequence[str]): Of all outputs; those that there are keep the names that they came with.
        RAISES (ValueError): The last linear layer does not give the logits.
        """
        name, last = [(name, part) for name, part in self.model.named_modules() if isinstance(part, nn.Linear)][-1]
        if last.out_features != self.n_outputs:
            raise ValueError(Errors.B023.format(architecture=type(self.model).__name__))
        parent, _, child = name.rpartition(".")
        setattr(self.model.get_submodule(parent), child, grown(last))
        self.set_names([self.config.id2label.get(i, name) for i, name in enumerate(names)])
        self._make_evaluating()

    def names(self) -> list[str]:
        """Of all outputs, as the config has them."""
        return [self.config.id2label[i] for i in range(self.n_outputs)]

    def set_names(self, names: Sequence[str]) -> None:
        """The names of all outputs, as the config has them: `id2label`."""
        for config in (self.model.config, self._evaluating[0].config):
            config.id2label = dict(enumerate(names))
            config.label2id = {name: i for i, name in enumerate(names)}
