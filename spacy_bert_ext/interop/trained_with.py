"""Which shared encoder one of spaCy's heads was trained with: saved with the head's weights, compared when loaded.

Our own heads have this in their `checksums.json`; spaCy's are saved by thinc, which asks every attribute of a layer.
"""

import json
from typing import Any

from thinc.api import Model, deserialize_attr, serialize_attr

from ..sharing.listener import EncoderListener
from ..sharing.shared_encoder import SharedEncoder
from ..sharing.trained_with import TrainedWith, check_checksum, checksum_to_save, identity_of_saved

TRAINED_WITH = "trained_with"  # name of the attribute of a `tok2vec` layer


def join(layer: Model[Any, Any]) -> None:
    """From now on the head belongs to the encoder that it listens to."""
    layer.attrs[TRAINED_WITH].join(_shared(layer))


def check(layer: Model[Any, Any]) -> None:
    """Warn once of an encoder that the head was not trained with."""
    layer.attrs[TRAINED_WITH].check(_shared(layer), _head_name(layer))


def _shared(layer: Model[Any, Any]) -> SharedEncoder | None:
    encoder = layer.layers[0]
    return encoder.encoder if isinstance(encoder, EncoderListener) else None


def _head_name(layer: Model[Any, Any]) -> str:
    encoder = layer.layers[0]
    return encoder.head_name if isinstance(encoder, EncoderListener) else ""


@serialize_attr.register(TrainedWith)
def _to_bytes(_: TrainedWith, value: TrainedWith, name: str, model: Model[Any, Any]) -> bytes:
    return json.dumps(checksum_to_save(_shared(model))).encode("utf8")


@deserialize_attr.register(TrainedWith)
def _from_bytes(_: TrainedWith, value: bytes, name: str, model: Model[Any, Any]) -> TrainedWith:
    """RAISES (ValueError): The head was saved with another encoder than it is linked to."""
    checksum, shared = json.loads(value), _shared(model)
    check_checksum(checksum, shared, _head_name(model))
    return TrainedWith(identity_of_saved(checksum, shared))
