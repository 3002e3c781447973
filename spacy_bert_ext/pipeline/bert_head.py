"""What all heads have in common: an encoder that they share or have, the training step, weights on disk."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spacy.tokens import Doc
from spacy.training import Example, validate_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer

from ..encoder.model import EncoderModel, move_to
from ..errors import Errors
from ..files.folder_kinds import SETTINGS_FILE
from ..files.saved_files import SavedFiles
from ..heads.model import head_module_of, head_of
from ..heads.module import HeadModule
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..runtime.finite import NotFiniteError, check_loss
from ..runtime.memory import advice_for_head
from ..runtime.surroundings import in_own_surroundings
from ..runtime.threads import Threads
from ..runtime.torch_shim import TorchShim, torch_shim_of
from ..sharing.gradients import apply_gradients
from ..sharing.listener import EncoderListener, threads_of
from ..sharing.upstream import Upstream
from ..types import Scorer
from .explaining import ExplainedHead
from .head_files import check_sizes, read_encoder, read_module, write_encoder


class BertHead(ExplainedHead):
    """A component that computes something from an encoder's vectors, and learns from a loss.

    controls: Settings of the loss.
    upstream: The encoder that it shares or has.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any],
        name: str,
        *,
        controls: LossControls,
        scorer: Scorer | None,
        **cfg: Any,
    ) -> None:
        super().__init__(vocab, model, name, **cfg)
        self.controls = controls
        self.scorer = scorer
        self.upstream = Upstream(self)

    @property
    def shim(self) -> TorchShim:
        return torch_shim_of(self.model)

    @property
    def threads(self) -> Threads | None:
        """The encoder's setting, which holds for its heads."""
        return threads_of(self.model.get_ref("encoder"))

    def require_weights(self) -> None:
        """RAISES (ValueError): The head has none. Warns once of an encoder that it was not trained with."""
        if self.shim.module is None:
            raise ValueError(Errors.B022.format(name=self.name))
        self.upstream.check()

    def to(self, device: str, *, precision: str | None = None) -> "BertHead":
        """Move a head that has an encoder of its own, see `BertEncoder.to`.

        RAISES (ValueError): It listens to another component, and follows that.
        """
        encoder = self.own_encoder()
        if encoder is None:
            is_ours = isinstance(self.model.get_ref("encoder"), EncoderListener)
            raise ValueError((Errors.B061 if is_ours else Errors.B071).format(name=self.name))
        move_to(encoder, device, precision)
        self.gradients.discard()
        return self

    def own_encoder(self) -> EncoderModel | None:
        """The encoder that belongs to this head alone, if it does not listen to a shared one."""
        return self.upstream.own

    # Prediction

    @in_own_surroundings
    def predict(self, docs: Sequence[Doc]) -> Any:
        with advice_for_head(self.name, docs):
            return self.decode(self.raw_scores(docs))

    @in_own_surroundings
    def raw_scores(self, docs: Sequence[Doc]) -> Any:
        """What the model gives: logits, which know no temperature."""
        self.require_weights()
        return self.model.predict(self.reading(docs))

    def decode(self, raw_scores: Any) -> Any:
        """What `set_annotations` takes: predictions, with probabilities where there are any."""
        raise NotImplementedError

    def check_scores(self, *scores: np.ndarray) -> None:
        """RAISES (ValueError): Some are no numbers."""
        if not all(np.isfinite(array).all() for array in scores):
            raise NotFiniteError(Errors.B154.format(name=self.name))

    # Training

    def get_loss(self, examples: Iterable[Example], scores: Any) -> Loss:
        """The loss and its gradients, without its `weight`; no gradients if nothing is annotated."""
        raise NotImplementedError

    @in_own_surroundings
    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch. What is not annotated gives no loss.

        drop (float): Not used: `dropout` in the model's config is.
        losses (Dict[str, float]): The mean loss over what is annotated, times its `weight`, is added under the
            component's name.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, f"{type(self).__name__}.update")
        self.require_weights()
        docs = [eg.predicted for eg in examples]
        try:
            with advice_for_head(self.name, docs):
                loss = self._learn(examples)
        except Exception:
            # A step that failed half-way must not leave its gradients to the next.
            self.gradients.discard()
            self.upstream.discard_step()
            raise
        if sgd:  # spaCy gives False, too
            self.finish_update(sgd)
        losses[self.name] += loss.value
        return losses

    def _learn(self, examples: Sequence[Example]) -> Loss:
        """Leave the gradients of a batch with the weights and, if there is a shared encoder, with its vectors."""
        scores, backprop = self.model.begin_update(self.reading_to_learn(examples))
        loss = self.get_loss(examples, scores).times(self.controls.weight)
        check_loss(self.name, loss.value, self.shim.n_steps, examples)
        if loss.gradients is not None:
            self.gradients.expect_as_it_is(loss.weight)
            backprop(loss.gradients)
            self.upstream.join()
            self.upstream.weigh(loss.weight)
        return loss

    @in_own_surroundings
    def finish_update(self, sgd: Optimizer) -> None:
        """Step the optimizer, together with the shared encoder if that is owed a step."""
        if not self.upstream.finish():
            apply_gradients([self], sgd)

    # Files

    def saved_names(self, settings: dict[str, Any]) -> list[str] | None:
        """The names of a saved head's outputs; None if they have none: then the weights tell how many there are.

        RAISES (ValueError): The settings say nothing, or something that does not fit together.
        """
        return None

    def _use_module(self, module: HeadModule | None) -> None:
        self.shim.module = module
        if module is not None:
            self.model.set_dim("nO", module.n_outputs, force=True)
            self.model.set_dim("nI", module.width, force=True)
            encoder = self.model.get_ref("encoder")
            if not encoder.has_dim("nO"):
                encoder.set_dim("nO", module.width)

    def write(self, folder: Path) -> None:
        self.upstream.complete_step()
        self.upstream.check()
        if self.shim.module is not None:
            head_module_of(self.model).write(folder)
        encoder = self.own_encoder()
        if encoder is not None:
            write_encoder(encoder, folder)

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        try:
            names = self.saved_names(settings)
        except ValueError as error:
            raise files.error(f"{SETTINGS_FILE} can't be right: {error}") from error
        encoder, module = self.own_encoder(), None
        use_encoder = read_encoder(encoder, files) if encoder is not None and initialized else None
        if initialized:
            module = read_module(files, head_of(self.model).saved_with(settings))
            check_sizes(
                module,
                files,
                n_labels=len(settings.get("labels", ())),
                n_outputs=module.n_outputs if names is None else len(names),
                width=self.upstream.width or module.width,
            )
        identity = self.upstream.saved_identity(files.recorded.get("encoder"))

        def apply() -> None:
            if use_encoder is not None:
                use_encoder()
            self._use_module(module)
            self.upstream.trained_with.identity = identity

        return apply

    def belonging(self) -> dict[str, object]:
        return {"weights": self.shim.weights_checksum(), "encoder": self.upstream.checksum()}

    def check_belonging(self, files: SavedFiles, place: Path | None) -> None:
        self.upstream.check_files(files, place)
