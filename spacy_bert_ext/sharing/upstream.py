"""Where a head's vectors come from, and its part in the shared step."""

from pathlib import Path

from ..encoder.model import EncoderModel
from ..encoder.shim import EncoderShim
from ..files.saved_files import SavedFiles
from .links import ListeningHead
from .listener import EncoderListener
from .shared_encoder import SharedEncoder
from .trained_with import TrainedWith, check_files, checksum_to_save, identity_of_saved


class Upstream:
    """A head's encoder: one that it shares, through a listener among its layers, or one of its own.

    A listener that is not linked, or of another library, leaves `shared` and `own` None.
    """

    def __init__(self, head: ListeningHead) -> None:
        self._head = head
        self.trained_with = TrainedWith()

    def name_listeners(self) -> list[EncoderListener]:
        """The listeners among the model's layers, told whose they are for their error messages."""
        listeners = [node for node in self._head.model.walk() if isinstance(node, EncoderListener)]
        for listener in listeners:
            listener.head_name = self._head.name
        return listeners

    @property
    def shared(self) -> SharedEncoder | None:
        return next((listener.encoder for listener in self.name_listeners() if listener.encoder), None)

    @property
    def own(self) -> EncoderModel | None:
        nodes = self._head.model.walk()
        return next((node for node in nodes if node.shims and isinstance(node.shims[0], EncoderShim)), None)

    @property
    def width(self) -> int | None:
        """Of the shared encoder's vectors, once that has weights."""
        shared = self.shared
        return shared.model.get_dim("nO") if shared is not None and shared.model.has_dim("nO") else None

    # The step

    def weigh(self, weight: float) -> None:
        """Tell the shared encoder how much the head has learned from."""
        for listener in self.name_listeners():
            if listener.encoder is not None:
                listener.encoder.weigh(listener, weight)

    def finish(self) -> bool:
        """The head has done its part. RETURNS (bool): Whether its step is, or will be, taken with the encoder's."""
        shared = self.shared
        return shared is not None and shared.finish_listeners(self.name_listeners())

    def complete_step(self) -> None:
        shared = self.shared
        if shared is not None:
            shared.complete_step()

    def discard_step(self) -> None:
        shared = self.shared
        if shared is not None:
            shared.discard_step()

    # Which encoder it was trained with

    def join(self) -> None:
        self.trained_with.join(self.shared)

    def check(self) -> None:
        self.trained_with.check(self.shared, self._head.name)

    def checksum(self) -> str | None:
        """Of the shared encoder, to be saved with the head."""
        return checksum_to_save(self.shared)

    def saved_identity(self, checksum: str | None) -> str | None:
        """The identity of the encoder of this checksum that a saved head was trained with."""
        return identity_of_saved(checksum, self.shared)

    def check_files(self, files: SavedFiles, place: Path | None) -> None:
        """RAISES (ValueError): They were saved with other weights than the encoder's beside them."""
        shared = self.shared
        if shared is not None and shared.loaded is not None and shared.loaded.place == place:
            check_files(files, shared.loaded, self._head.name, shared.name)
