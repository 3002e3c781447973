"""What a checkpoint says of itself, read before its weights are fetched: settings of a config follow from it."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from ..errors import Errors

CONFIG_FILE, TOKENIZER_CONFIG_FILE = "config.json", "tokenizer_config.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
# These number positions behind that of padding, which is the second: 514 positions are 512 pieces.
_POSITIONS_BEHIND_PADDING = ("roberta", "camembert", "mpnet", "longformer")
_WIDTHS, _LAYERS = ("hidden_size", "dim", "d_model"), ("num_hidden_layers", "n_layers")


class Description(NamedTuple):
    """Each is None where the files don't tell.

    width: Dimensions of its vectors.
    max_window_pieces: That its positions allow, special pieces included.
    is_uncased: Whether its tokenizer makes letters small.
    window_pooling: Of a window, "first" or "mean", what transformers' own classifier of texts reads: the setting of
        that name of `bert_encoder`.
    """

    width: int | None = None
    n_layers: int | None = None
    max_window_pieces: int | None = None
    is_uncased: bool | None = None
    window_pooling: str | None = None


def is_path(name: str) -> bool:
    """Whether a name is meant as a folder: those on the hub are `name` or `owner/name`, and `owner` no folder here."""
    path = Path(name)
    is_within = len(path.parts) > 1 and path.parent.is_dir()
    return path.is_absolute() or name.startswith((".", "~")) or name.endswith("/") or name.count("/") > 1 or is_within


def description_at_hand(name: str, revision: str | None = None) -> Description | None:
    """Of a folder, or of a name on the hub that has been fetched before. No network; None if it is neither."""
    folder = _folder_at_hand(name, revision)
    return None if folder is None else _described(folder)


def is_at_hand(name: str, revision: str | None = None) -> bool:
    """Whether a checkpoint and its weights lie here, so that nothing has to be fetched."""
    folder = _folder_at_hand(name, revision)
    return folder is not None and any((folder / file).exists() for file in _WEIGHTS)


def fetch_description(name: str, revision: str | None = None) -> Description:
    """The same; of a name on the hub, a few kilobytes are fetched if they are not there.

    RAISES (ValueError): It is neither a folder with a config.json nor known on the hub, or the hub can't be asked.
    """
    folder = _folder_at_hand(name, revision)
    if folder is None:
        if Path(name).is_dir():
            raise ValueError(Errors.B560.format(name=name, reason=f"the folder has no {CONFIG_FILE}"))
        folder = _fetched(name, revision)
    return _described(folder)


def _fetched(name: str, revision: str | None) -> Path:
    if is_path(name):
        raise ValueError(Errors.B560.format(name=name, reason="there is no such folder"))
    try:
        folder = _snapshot(name, revision, local=False)
    except (LocalEntryNotFoundError, ConnectionError) as error:
        raise ValueError(Errors.B561.format(name=name)) from error
    except (OSError, ValueError, HfHubHTTPError, HFValidationError) as error:
        reason = "there is no such folder, and the hub gives no checkpoint of that name"
        raise ValueError(Errors.B560.format(name=name, reason=reason)) from error
    if not (folder / CONFIG_FILE).exists():
        raise ValueError(Errors.B560.format(name=name, reason=f"what the hub has of that name has no {CONFIG_FILE}"))
    return folder


def _folder_at_hand(name: str, revision: str | None) -> Path | None:
    folder = Path(name)
    if not folder.is_dir():
        try:
            folder = _snapshot(name, revision, local=True)
        except (OSError, ValueError, HfHubHTTPError, HFValidationError):
            return None
    return folder if (folder / CONFIG_FILE).is_file() else None


def _snapshot(name: str, revision: str | None, *, local: bool) -> Path:
    files = [CONFIG_FILE, TOKENIZER_CONFIG_FILE]
    return Path(snapshot_download(name, revision=revision, allow_patterns=files, local_files_only=local))


def _described(folder: Path) -> Description:
    config = _read(folder / CONFIG_FILE)
    positions = _first_number(config, ("max_position_embeddings",))
    if positions is not None and any(kin in str(config.get("model_type")) for kin in _POSITIONS_BEHIND_PADDING):
        positions -= 2
    is_uncased = _read(folder / TOKENIZER_CONFIG_FILE).get("do_lower_case")
    return Description(
        width=_first_number(config, _WIDTHS),
        n_layers=_first_number(config, _LAYERS),
        max_window_pieces=positions,
        is_uncased=is_uncased if isinstance(is_uncased, bool) else None,
        window_pooling="mean" if config.get("classifier_pooling") == "mean" else "first",
    )


def _read(path: Path) -> dict[str, Any]:
    """{} of a file that is not there or damaged: whoever loads the checkpoint tells of it."""
    try:
        table = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _first_number(table: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """Those of DistilBERT and others are called otherwise than BERT's."""
    return next((found for name in names if isinstance(found := table.get(name), int) and found > 0), None)
