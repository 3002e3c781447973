"""Which shared encoder one of spaCy's heads was trained with: saved with the head's weights, compared when loaded.

Our own heads have this in their `checksums.json`; spaCy's are saved by thinc, which asks every attribute of a layer.
"""

import json
import warnings
from dataclasses import dataclass

from thinc.api import Model, deserialize_attr, serialize_attr

from ..errors import Errors, Warnings
from ..files.checksums import CHECKSUMS_FILE
from ..sharing.listener import EncoderListener, SharedEncoder

TRAINED_WITH = "trained_with"  # name of the attribute


@dataclass
class TrainedWith:
    """Of a `tok2vec` layer.

    identity: Of its encoder, see `TorchShim`; None before it was trained, and where the encoder is its own.
    """

    identity: str | None = None
    warned_of: str | None = None

    def join(self, encoder: Model) -> None:
        """From now on the head belongs to this encoder."""
        shared = _shared(encoder)
        self.identity = shared.model.shims[0].identity if shared is not None else None

    def check(self, encoder: Model) -> None:
        """Warn once of an encoder that the head was not trained with."""
        shared = _shared(encoder)
        found = shared.model.shims[0].identity if shared is not None else None
        if None not in (found, self.identity) and found not in (self.identity, self.warned_of):
            self.warned_of = found
            warnings.warn(Warnings.B192.format(name=encoder.head_name, encoder=shared.name))


def _shared(encoder: Model) -> SharedEncoder | None:
    return encoder.encoder if isinstance(encoder, EncoderListener) else None


@serialize_attr.register(TrainedWith)
def _to_bytes(_: TrainedWith, value: TrainedWith, name: str, model: Model) -> bytes:
    shared, checksum = _shared(model.layers[0]), None
    if shared is not None:
        shared.complete_step()
        checksum = shared.model.shims[0].weights_checksum()
    return json.dumps(checksum).encode("utf8")


@deserialize_attr.register(TrainedWith)
def _from_bytes(_: TrainedWith, value: bytes, name: str, model: Model) -> TrainedWith:
    """RAISES (ValueError): The head was saved with another encoder than it is linked to."""
    checksum, encoder = json.loads(value), model.layers[0]
    shared = _shared(encoder)
    if None not in (checksum, shared) and not shared.was_saved_with(checksum):
        raise ValueError(Errors.B270.format(name=encoder.head_name, encoder=shared.name, checksums=CHECKSUMS_FILE))
    return TrainedWith(shared.identity_for(checksum) if shared is not None else checksum)
