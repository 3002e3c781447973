"""Checkpoint name or folder → its files."""

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from ..errors import Errors
from ..files.contents import FolderContents
from ..files.folders import is_pipeline
from ..files.saved_files import SavedFiles
from .descriptions import is_path
from .foreign import first_line

# What is fetched of a repository on the hub: never code, nor pickled weights, nor what lies in folders.
_FETCHED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_LEFT_OUT = ["*/*", "adapter_*", "*.fp16.safetensors", "*.bf16.safetensors"]


def files_of(name: str, revision: str | None = None) -> SavedFiles:
    """The files of a checkpoint; those of a name on the hub are fetched unless they are there.

    RAISES (ValueError): There is no such folder or name, or the folder has no config.json.
    """
    source = str(name)
    folder = Path(source)
    if not folder.is_dir():
        if folder.is_file():
            raise ValueError(Errors.B001.format(name=source, reason="it is a file, no folder"))
        if is_path(source):
            raise ValueError(Errors.B001.format(name=source, reason="there is no such folder"))
        folder = _fetched(source, revision)
    files = SavedFiles(FolderContents(folder), source, source, text=Errors.B001)
    if not files.has("config.json"):
        what = "holds a pipeline of spaCy, no checkpoint" if is_pipeline(folder) else "has no config.json"
        raise ValueError(Errors.B001.format(name=source, reason=f"the folder {what}"))
    return files


def _fetched(name: str, revision: str | None) -> Path:
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=_FETCHED, ignore_patterns=_LEFT_OUT))
    except (OSError, ValueError, HfHubHTTPError, HFValidationError) as error:
        reason = f"there is no such folder, and of the hub: {first_line(error)}"
        raise ValueError(Errors.B001.format(name=name, reason=reason)) from error
