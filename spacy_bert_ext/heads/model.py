"""The thinc Model of every head: Docs → encoder → vectors → torch module → scores, and gradients the way back.

A head is a dataclass of its settings, which tells how its module is made and what the module gives. `head_model` makes
the Model: its layer is an encoder or a listener, its shim holds the module, and the attribute "head" the settings.

The outputs of most heads are labels, or tags made of labels: their component sets the dimension "nO" before it
initializes the Model, as that of a language model does with the size of the vocabulary. A head that always has as many
outputs, such as one that finds where spans start and end, sets `n_outputs`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import torch
from spacy.tokens import Doc
from thinc.api import Model
from torch import Tensor

from ..encoder.output import Encoded
from ..encoder.readings import Reading, Texts
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..files.weights_file import UnreadableWeights
from ..runtime.torch_shim import TorchShim, torch_shim_of
from ..sharing.listener import EncoderListener, model_of
from .module import HeadModule

ModuleT = TypeVar("ModuleT", bound=HeadModule)
ScoresT = TypeVar("ScoresT")
EncoderLayer: TypeAlias = Model[Texts, Encoded]
HeadModel: TypeAlias = Model[Texts, ScoresT]

_HEAD = "head"  # in `model.attrs`


class Head(ABC, Generic[ModuleT, ScoresT]):
    """A kind of head with its settings. Subclasses are dataclasses.

    name: Of the Model.
    n_outputs: Of a head that always has as many; None if its component sets "nO".
    reads_docs: Whether it reads vectors of Docs as they are; if not, its component gives it a `Reading` of them.
    """

    name: ClassVar[str]
    n_outputs: ClassVar[int | None] = None
    reads_docs: ClassVar[bool] = True

    @abstractmethod
    def new_module(self, width: int, n_outputs: int) -> ModuleT:
        """A module with new weights, on vectors of this width."""

    def module_for(self, encoder: Model[Any, Any], width: int, n_outputs: int) -> ModuleT:
        """The module that training starts from, which may begin with weights of the encoder's checkpoint.

        encoder (Model): Of the vectors; without shims if it is none of ours.
        """
        return self.new_module(width, n_outputs)

    def saved_with(self, settings: Mapping[str, Any]) -> "Head[ModuleT, ScoresT]":
        """The head that was saved with these settings of its component: by default they change nothing."""
        return self

    def read_module(self, files: SavedFiles, weights: dict[str, Tensor]) -> ModuleT:
        """The module that was saved with these weights: by default one whose last layer is `output`.

        RAISES (UnreadableWeights): They are of another head, or of one with other settings.
        """
        found = weights.get("output.weight")
        if found is None or found.ndim != 2:
            raise UnreadableWeights("there are none by the name `output.weight`, as a head has")
        module = self.new_module(self.saved_width(weights), n_outputs=len(found))
        expected = module.state_dict().keys()
        if weights.keys() != expected:
            raise UnreadableWeights(
                f"it has the weights {', '.join(sorted(weights))}, but a head of these settings has "
                f"{', '.join(sorted(expected))}: `decoder`, `pooling` and `casing` must be those it was trained with"
            )
        module.load_state_dict(weights)
        return module

    def saved_width(self, weights: dict[str, Tensor]) -> int:
        """Of the vectors that the saved weights are for: by default those that `output` takes."""
        return weights["output.weight"].shape[1]

    @abstractmethod
    def scores(self, module: ModuleT, texts: Any, encoded: Encoded, *, is_train: bool) -> ScoresT:
        """What the module makes of the vectors.

        texts (Texts): What was encoded: Docs or, of a head that does not read those, its `Reading`.
        """

    @abstractmethod
    def tensors(self, scores: ScoresT) -> tuple[Tensor, ...]:
        """The tensors in `scores` to which a loss gives gradients, in the order of these."""


def head_model(head: Head[ModuleT, ScoresT], encoder: EncoderLayer) -> HeadModel[ScoresT]:
    """A Model without weights. `initialize` makes them, once the dimension "nO" is set."""
    if isinstance(encoder, EncoderListener):
        encoder.reads_docs = head.reads_docs
    return Model(
        head.name,
        forward,
        init=init,
        dims={"nO": head.n_outputs, "nI": None},
        attrs={_HEAD: head},
        layers=[encoder],
        shims=[TorchShim("head")],
        refs={"encoder": encoder},
    )


def head_of(model: Model[Any, Any]) -> Head[Any, Any]:
    """The head that a Model is made of. RAISES (ValueError): `head_model` has not made it."""
    head = model.attrs.get(_HEAD)
    if not isinstance(head, Head):
        raise ValueError(Errors.B290.format(name=model.name))
    return head


def head_module_of(model: Model[Any, Any]) -> HeadModule:
    """The module of a head. RAISES (ValueError): There is none yet, or none of a head."""
    module = torch_shim_of(model).loaded_module
    if not isinstance(module, HeadModule):
        raise ValueError(Errors.B290.format(name=model.name))
    return module


def forward(
    model: HeadModel[ScoresT], texts: Texts, is_train: bool
) -> tuple[ScoresT, Callable[[tuple[Tensor, ...]], list[Doc]]]:
    encoded, backprop_encoder = model.get_ref("encoder")(texts, is_train)
    head, module = head_of(model), torch_shim_of(model).module_on(encoded.device)
    if module.width != encoded.width:
        raise ValueError(Errors.B034.format(found=module.width, width=encoded.width))
    with torch.set_grad_enabled(is_train):
        scores = head.scores(module, texts, encoded, is_train=is_train)

    def backprop(gradients: tuple[Tensor, ...]) -> list[Doc]:
        """Leave gradients with the module's weights and, if it takes any, with what the encoder has given."""
        torch.autograd.backward(head.tensors(scores), gradients)
        if isinstance(texts, Reading) and not isinstance(model.get_ref("encoder"), EncoderListener):
            texts.send_back(1.0)  # a shared encoder's step does so by itself
        of_encoder: list[Doc] = backprop_encoder(None)
        return of_encoder

    return scores, backprop


def init(model: HeadModel[ScoresT], X: object = None, Y: object = None) -> None:
    encoder = model.get_ref("encoder")
    encoder.initialize()
    width = encoder.get_dim("nO")
    model.set_dim("nI", width, force=True)
    module = head_of(model).module_for(model_of(encoder), width=width, n_outputs=model.get_dim("nO"))
    torch_shim_of(model).module = module
