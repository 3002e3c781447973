"""The shared encoder as a component: encodes once, hands vectors to its heads, collects their gradients.

What heads share, and how a prediction and a training step go, stands in `sharing/`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.training.example import validate_examples
from spacy.vocab import Vocab
from thinc.api import Optimizer

from ..encoder.ahead import Ahead
from ..encoder.model import EncoderModel, load, move_to, set_max_batch_pieces, use_checkpoint
from ..encoder.output import Encoded
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint
from ..runtime.surroundings import in_own_surroundings
from ..runtime.threads import Threads
from ..runtime.torch_shim import checksum_of_module, torch_shim_of
from ..settings import check_number, check_whole_number
from ..sharing.foreign import ForeignListeners
from ..sharing.shared_encoder import settle
from .doc_vectors import define_doc_vectors, set_doc_vectors
from .filling import FillingPipe
from .streams import annotate_ahead

KEEP = ("none", "tokens")


class BertEncoder(FillingPipe):
    """Encodes Docs for the heads that listen.

    max_batch_pieces (int): Padded pieces that are encoded at once, 1 or more. Halved, with a warning, when the device
        runs out of memory.
    keep (str): "none" leaves nothing on the Docs. "tokens" sets `doc._.bert` and the vectors of Doc, Span and Token.
    layers (Sequence[int]): Which layers' mean these vectors are, by their places in the `hidden_states` of
        transformers: 0 the embeddings, -1 the last layer. Heads read the last layer in any case.
    language_model (bool): Whether it has the language model of its checkpoint, for `fill`.
    foreign (Sequence[ForeignListeners]): Adapters for listeners of other libraries.
    """

    has_loss = False  # which the log of a training would show

    def __init__(
        self,
        vocab: Vocab,
        model: EncoderModel,
        name: str = "bert_encoder",
        *,
        max_batch_pieces: int,
        keep: str,
        layers: Sequence[int],
        language_model: bool,
        foreign: Sequence[ForeignListeners] = (),
    ) -> None:
        if keep not in KEEP:
            raise ValueError(Errors.B010.format(found=keep, setting="keep", allowed=", ".join(KEEP)))
        check_whole_number("max_batch_pieces", max_batch_pieces, 1)
        super().__init__(vocab, model, name, language_model=language_model, foreign=foreign)
        set_max_batch_pieces(model, max_batch_pieces)
        if not layers:
            raise ValueError(Errors.B012.format(setting="layers", found=layers, allowed="one number or more"))
        for layer in layers:
            check_number("layers", layer, lambda x: isinstance(x, Integral), "whole numbers")
        self.keep = keep
        self.layers = tuple(layers)

    def define_extensions(self) -> None:
        super().define_extensions()
        define_doc_vectors()

    @property
    def shim(self) -> EncoderShim:
        return encoder_shim_of(self.model)

    @property
    def threads(self) -> Threads:
        return self.shim.settings.threads

    # Devices

    def to(self, device: str, *, precision: str | None = None) -> "BertEncoder":
        """Compute on another device from now on, as `to` of torch's modules does. Heads follow with their next use.

        It holds for this object: a saved pipeline keeps the settings of the config. A step that is owed is taken
        first; gradients that were to be accumulated are dropped. A used optimizer keeps its numbers on the old
        device: take a new one.

        device (str): "auto", "cpu", "cuda:0", "mps".
        precision (str): "auto", "fp32", "bf16" or "fp16"; None for that of the settings, where "auto" chooses anew.
        RAISES (ValueError): An unknown device or precision; nothing has changed then.
        """
        self.shared.complete_step()
        move_to(self.model, device, precision)
        self.shared.discard_step()
        return self

    # Prediction

    @in_own_surroundings
    def predict(self, docs: Sequence[Doc]) -> Encoded | None:
        """Vectors of the Docs; None if neither a head nor `keep` has use for them."""
        return self.shared.encode(docs, mean_layers=self._mean_layers) if self.reads_docs else None

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        if not self.reads_docs:
            return super().pipe(stream, batch_size=batch_size)
        ahead = Ahead(self.model, partial(settle, self.shared), self._mean_layers)
        return annotate_ahead(self, stream, batch_size, device_type=self.shim.device.type, ahead=ahead)

    @property
    def reads_docs(self) -> bool:
        """Whether Docs are encoded as they are, for heads or to stay on them: heads may have it read other things."""
        links = self.shared.links
        return bool(links.readers_of_docs or links.foreign_in_use) or self.keep != "none"

    @property
    def _mean_layers(self) -> Sequence[int] | None:
        return None if self.keep == "none" else self.layers

    @in_own_surroundings
    def set_annotations(self, docs: Sequence[Doc], encoded: Encoded | None) -> None:
        if encoded is not None and not encoded.pieces.are_of(docs):  # tokens were merged or split since
            encoded = self.predict(docs)
        if encoded is None:
            return
        self.shared.hand_out(docs, encoded)
        if self.keep == "tokens":
            set_doc_vectors(docs, encoded)

    # Training

    @in_own_surroundings
    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        random_weights: bool = False,
    ) -> None:
        """Load the checkpoint that the model's config names.

        random_weights (bool): Take config.json and the tokenizer alone, and random weights, to pre-train from nothing.
        RAISES (ValueError): It can't be loaded, or the settings don't fit it.
        """
        validate_get_examples(get_examples, "BertEncoder.initialize")
        self.load_checkpoint(random_weights=random_weights)

    def load_checkpoint(self, *, random_weights: bool = False) -> None:
        """random_weights, RAISES: As `initialize`."""
        load(self.model, random_weights=random_weights)
        self._check_layers(self.shim.loaded.checkpoint)
        self.load_language_model()
        self.shared.links.connect_foreign()

    def _check_layers(self, checkpoint: Checkpoint) -> None:
        """RAISES (ValueError): One of `layers` that the checkpoint does not have."""
        n_layers = int(getattr(checkpoint.config, "num_hidden_layers", 0))
        wrong = [layer for layer in self.layers if not -n_layers - 1 <= layer <= n_layers]
        if wrong:
            raise ValueError(Errors.B060.format(found=wrong[0], n_layers=n_layers, lowest=-n_layers - 1))

    @in_own_surroundings
    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Begin a batch for the heads' updates. The encoder has no loss of its own.

        drop (float): Not used: the encoder's dropout is its checkpoint's.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, "BertEncoder.update")
        self.shared.begin_step([eg.predicted for eg in examples])
        if sgd:  # spaCy gives False, too
            self.finish_update(sgd)
        return losses

    def get_loss(self, examples: Iterable[Example], scores: Any) -> tuple[float, None]:
        """The encoder has no loss of its own: 0."""
        return 0.0, None

    @in_own_surroundings
    def finish_update(self, sgd: Optimizer) -> None:
        """Send the heads' gradients through the encoder and step the optimizer for encoder and heads together.

        If it comes before the heads' updates the step is owed, see `sharing/__init__.py`.
        """
        self.shared.finish_step(sgd)

    def use_params(self, params: dict[Any, Any] | None) -> Iterator[None]:
        """Compute with other weights for a while. A step that is owed goes to the weights that are being trained."""
        self.shared.take_step()
        yield from super().use_params(params)

    # Files

    def write(self, folder: Path) -> None:
        self.shared.complete_step()
        self.shim.save(folder)
        self.write_language_model(folder)

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        if not initialized:
            return lambda: None
        checkpoint = self.shim.read(files)
        checkpoint.identity = files.recorded.get("weights")
        if checkpoint.identity is None and checkpoint.has_weights:
            checkpoint.identity = checksum_of_module(checkpoint.plain_module())
        self._check_layers(checkpoint)
        language_model = self.read_language_model(files)

        def apply() -> None:
            use_checkpoint(self.model, checkpoint)
            self.use_language_model(language_model)

        return apply

    def belonging(self) -> dict[str, object]:
        # A head of the pipeline counts before one of a pipeline that the encoder was taken from.
        in_map = set(map(id, self.listeners))
        linked = sorted(self.shared.links.heads, key=lambda head: any(id(node) in in_map for node in head.model.walk()))
        heads = {head.name: torch_shim_of(head.model).weights_checksum() for head in linked}
        return {"weights": self.shim.weights_checksum(), "heads": heads}
