"""A wheel of this package, as it is installed here: from an index, from a wheel, or in place from a checkout."""

from collections.abc import Callable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from ..about import PACKAGE, __version__
from ..errors import Errors
from ..files.wheels import Description, write_wheel

_FOLDER = Path(__file__).resolve().parent.parent
_LICENSES = "licenses/"
_LEFT_OUT = {".pyc", ".pyo"}


def write_own_wheel(folder: Path, *, progress: Callable[[int], object]) -> Path:
    """Nothing is built and nothing is fetched: a wheel of Python code holds the files that are imported here.

    progress: As in `write_wheel`.
    RAISES (ValueError): The package is not installed, or its metadata belong to another version than its code.
    """
    files = _package_files()
    return write_wheel(folder, _description(), files, progress=progress)


def own_bytes() -> int:
    """Size of the files in the wheel."""
    return sum(file.stat().st_size for file in _package_files().values())


def _package_files() -> Mapping[str, Path]:
    found = (file for file in _FOLDER.rglob("*") if file.is_file() and file.suffix not in _LEFT_OUT)
    paths = {file.relative_to(_FOLDER.parent): file for file in found}
    return {path.as_posix(): file for path, file in paths.items() if not any(part[0] == "." for part in path.parts)}


def _description() -> Description:
    """Of an installation: a checkout may have metadata of its own, which builds leave there, in another form."""
    installed = [one for one in distributions(name=PACKAGE) if one.read_text("METADATA")]
    if not installed:
        raise ValueError(Errors.B542.format(name=PACKAGE, path=_FOLDER))
    own = next((one for one in installed if one.version == __version__), None)
    if own is None:
        raise ValueError(Errors.B543.format(name=PACKAGE, found=installed[0].version, path=_FOLDER, code=__version__))
    metadata, entry_points = (own.read_text(name) or "" for name in ("METADATA", "entry_points.txt"))
    return Description(PACKAGE, __version__, metadata, entry_points=entry_points, licenses=_licenses(own))


def _licenses(own: Distribution) -> dict[str, bytes]:
    files = [file for file in own.files or () if f".dist-info/{_LICENSES}" in file.as_posix()]
    return {file.as_posix().split(_LICENSES, 1)[1]: file.read_binary() for file in files}
