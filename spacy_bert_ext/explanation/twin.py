"""An encoder for explanations: a module tree of its own, whose pieces' vectors are given to it.

It has the weights of now, in fp32, and takes no gradients for them. What happens to it, the encoder that predicts and
learns does not see. Weights are shared in memory: in a training that goes on meanwhile, they change under it.
"""

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from ..encoder.inputs import Inputs
from ..errors import Errors
from ..huggingface.attentions import attentions_of, use_eager_attention
from ..huggingface.foreign import quiet
from ..huggingface.module import input_embeddings_of
from ..huggingface.probe import FOREIGN_ERRORS
from ..huggingface.types import EncoderOutput
from ..kernels.replacing import places_of_layers


class GivenEmbeddings(nn.Module):
    """Stands where the layer was that has the pieces' vectors, and gives the vectors that it was given.

    embedding: That layer.
    """

    def __init__(self, embedding: Any) -> None:
        super().__init__()
        self.embedding: Any = embedding
        self.given: Tensor | None = None

    @property
    def weight(self) -> Tensor:
        """Some architectures ask for its type, or its device."""
        weight: Tensor = self.embedding.weight
        return weight

    def is_waiting(self) -> bool:
        """Whether nobody has asked yet for what was given."""
        return self.given is not None

    def forward(self, ids: Tensor) -> Tensor:
        given, self.given = self.given, None
        if given is None or given.shape[:2] != ids.shape:
            raise RuntimeError("the pieces' vectors are asked for more than once")
        return given


class Twin:
    """module (Module): A copy that nobody else has, see `own_copy`.

    name (str): Of the component, for the errors.
    """

    def __init__(self, module: nn.Module, name: str) -> None:
        self._module, self._name = module, name
        self._embeddings = GivenEmbeddings(input_embeddings_of(module))
        for parent, child_name, child in places_of_layers(module):
            if child is self._embeddings.embedding:
                setattr(parent, child_name, self._embeddings)

    @torch.no_grad()
    def embed(self, ids: Tensor) -> Tensor:
        """Vectors of pieces, before positions and normalization: (k, padded length, size of embeddings)."""
        vectors: Tensor = self._embeddings.embedding(ids)
        return vectors

    def __call__(self, inputs: Inputs, embeddings: Tensor) -> Tensor:
        """Hidden states of pieces with these vectors: (k, padded length, width).

        RAISES (ValueError): The architecture reads its pieces in another way.
        """
        output: EncoderOutput = self._run(inputs, embeddings)
        return output.last_hidden_state

    @torch.no_grad()
    def attentions(self, inputs: Inputs) -> list[Tensor]:
        """Weights of each layer, averaged over its heads: (k, padded length, padded length).

        RAISES (ValueError): The architecture does not give them.
        """
        use_eager_attention(self._module)
        output = self._run(inputs, self.embed(inputs.ids), output_attentions=True)
        found = attentions_of(output, tuple(inputs.ids.shape))
        if found is None:
            raise self._error("does not give the weights of its attention", "integrated_gradients")
        return found

    def _run(self, inputs: Inputs, embeddings: Tensor, **options: bool) -> EncoderOutput:
        self._embeddings.given = embeddings
        try:
            with quiet() if options else nullcontext():  # some versions warn that what is asked for takes time
                output: EncoderOutput = self._module(**inputs.arguments(), **options)
        except FOREIGN_ERRORS as error:
            raise self._error(f"can't be run on given vectors of pieces ({error})", "occlusion") from error
        if self._embeddings.is_waiting():
            raise self._error("does not read vectors of pieces where transformers has them", "occlusion")
        return output

    def _error(self, reason: str, method: str) -> ValueError:
        reason = f"the architecture {type(self._module).__name__} {reason}"
        return ValueError(Errors.B394.format(name=self._name, reason=reason, method=method))
