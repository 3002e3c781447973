"""Which shared encoder a head was trained with: checked when it predicts, saved with it, compared when it is loaded.

While a pipeline lives this is the encoder's identity, a name that its copies, and what becomes of it in training, keep.
On disk it is the checksum of the encoder's weights.
"""

import warnings

from ..errors import Errors, Warnings
from ..files.checksums import CHECKSUMS_FILE
from ..files.loaded import Loaded
from ..files.saved_files import SavedFiles
from .shared_encoder import SharedEncoder


class TrainedWith:
    """Of a head, ours or spaCy's. Its encoder is None where it shares none.

    identity: Of the encoder, see `TorchShim`; None before the head was trained, and where the encoder is its own.
    """

    def __init__(self, identity: str | None = None) -> None:
        self.identity = identity
        self._warned_of: str | None = None

    def join(self, encoder: SharedEncoder | None) -> None:
        """From now on the head belongs to this encoder."""
        self.identity = encoder.identity if encoder is not None else None

    def check(self, encoder: SharedEncoder | None, head_name: str) -> None:
        """Warn once of an encoder that the head was not trained with."""
        found = encoder.identity if encoder is not None else None
        if encoder is None or None in (found, self.identity) or found in (self.identity, self._warned_of):
            return
        self._warned_of = found
        warnings.warn(Warnings.B192.format(name=head_name, encoder=encoder.name))


def checksum_to_save(encoder: SharedEncoder | None) -> str | None:
    """Of the encoder's weights, with a step that is owed; None if there is none, or it has no weights."""
    if encoder is None:
        return None
    encoder.complete_step()
    return encoder.shim.weights_checksum()


def identity_of_saved(checksum: str | None, encoder: SharedEncoder | None) -> str | None:
    """The encoder's identity, of a head that was saved with weights of this checksum; its own if it has these."""
    if encoder is None or checksum in (None, encoder.identity) or checksum != encoder.shim.weights_checksum():
        return checksum
    return encoder.identity


def check_checksum(checksum: str | None, encoder: SharedEncoder | None, head_name: str) -> None:
    """Whether the head belongs to the encoder that it is linked to, as far as that one's files tell.

    RAISES (ValueError): It was saved with other weights.
    """
    if checksum is None or encoder is None:
        return
    recorded = encoder.loaded.recorded.get("weights") if encoder.loaded is not None else None
    if recorded is not None and checksum not in (recorded, encoder.shim.weights_checksum()):
        raise ValueError(Errors.B270.format(name=head_name, encoder=encoder.name, checksums=CHECKSUMS_FILE))


def check_files(files: SavedFiles, loaded: Loaded, head_name: str, encoder_name: str) -> None:
    """Whether a head's files were saved together with those that its encoder was loaded from.

    RAISES (ValueError): They were saved with other weights.
    """
    of_encoder, of_head = loaded.recorded, files.recorded
    heads = of_encoder.get("heads")
    pairs = [(of_head.get("encoder"), of_encoder.get("weights"))]
    if isinstance(heads, dict):
        pairs.append((of_head.get("weights"), heads.get(head_name)))
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        raise ValueError(
            Errors.B171.format(
                name=head_name,
                path=files.where,
                encoder=encoder_name,
                encoder_path=loaded.path,
                checksums=CHECKSUMS_FILE,
            )
        )
