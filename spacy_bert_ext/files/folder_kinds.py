"""What may be replaced: a folder of the same kind as that which is written, never one of something else."""

from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from ..errors import Errors

SETTINGS_FILE = "cfg"  # every component writes it; it marks a folder as ours
META_FILE, CONFIG_FILE = "meta.json", "config.cfg"  # spaCy's, of a pipeline


class FolderKind(NamedTuple):
    """what: How messages call it.
    files: All of which such a folder has.
    only: Patterns of all that it may hold; () if what else is there is kept.
    """

    what: str
    files: tuple[str, ...]
    only: tuple[str, ...] = ()

    def is_kind_of(self, folder: Path) -> bool:
        return all((folder / name).exists() for name in self.files)

    def check_replaceable(self, target: Path, *, force: bool) -> None:
        """Whether what is there may be replaced, if anything is.

        force (bool): Whether one of this kind may be.
        RAISES (ValueError): It may not.
        """
        if not target.exists() or (target.is_dir() and not any(target.iterdir())):
            return
        if not self.is_kind_of(target):
            raise ValueError(Errors.B032.format(path=target, what=self.what))
        if not force:
            raise ValueError(Errors.B550.format(path=target, what=self.what))
        for name in sorted(entry.name for entry in target.iterdir()) if self.only else ():
            if not any(fnmatch(name, pattern) for pattern in self.only):
                raise ValueError(Errors.B551.format(path=target, what=self.what, other=name))


PIPELINE = FolderKind("pipeline", (META_FILE, CONFIG_FILE))
COMPONENT = FolderKind("component", (SETTINGS_FILE,))
CHECKPOINT = FolderKind(
    "checkpoint",
    ("config.json", "model.safetensors"),
    only=("*.json", "model*.safetensors", "vocab.txt", "merges.txt", "*.model", "*.jinja", "README.md"),
)
