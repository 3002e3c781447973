"""A saved pipeline → a folder with its wheel, a wheel of this package, and how both are installed."""

import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import srsly
from packaging.version import InvalidVersion, Version
from spacy.cli.package import package
from spacy.util import split_requirement

from ..about import PACKAGE, __version__
from ..errors import Errors
from ..files.folder_kinds import META_FILE, FolderKind
from ..files.folders import check_output, require_pipeline, written_whole
from ..files.wheels import Description, wheel_name, write_wheel
from .own_wheel import own_bytes, write_own_wheel

README_FILE = "README.md"
INSTALL_FILE = "install.txt"
PACKAGES = FolderKind("pair of wheels", (INSTALL_FILE,), only=(INSTALL_FILE, "*.whl"))

_INSTALL = """\
Install both wheels, in this folder, into any environment of Python 3.10 or newer:

    {line}

All else, such as torch, comes from PyPI. On Linux this adds torch without CUDA, which is much smaller:
--extra-index-url https://download.pytorch.org/whl/cpu

pip keeps a package that is installed in the same version. `--force-reinstall --no-deps` replaces it.

Use the pipeline, without a network:

    import spacy

    nlp = spacy.load("{name}")
    doc = nlp("A text")
"""


_README = """

### Installation

This wheel needs that of {package}, which is not on PyPI. Install both:

```
{line}
```
"""


class Packaged(NamedTuple):
    """name: What `spacy.load` takes once the wheels are installed.

    wheels: Of the pipeline, and of this package.
    elsewhere: Packages that the pipeline needs, and that were not installed from an index here.
    """

    name: str
    wheels: tuple[Path, Path]
    elsewhere: list[str]

    @property
    def install_line(self) -> str:
        return install_line(self.wheels)


def package_pipeline(
    pipeline: Path,
    output: Path,
    *,
    name: str | None = None,
    version: str | None = None,
    code: Sequence[Path] = (),
    replace: bool = False,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Packaged:
    """Write both wheels and `install.txt`, all or nothing. Neither a network nor build tools are needed.

    name, version (Optional[str]): Of the pipeline's package, instead of those in its meta.json. The language comes
        before the name.
    code (Sequence[Path]): Python files that the pipeline needs.
    replace (bool): Replace a folder that was written before.
    progress (Callable[[int, int], object]): Called with bytes since the last call, and all bytes.
    RAISES (ValueError): There is no pipeline, the name or version can't be used, the folder is not empty.
    RAISES (SaveError): It can't be written.
    """
    require_pipeline(pipeline)
    meta = srsly.read_json(pipeline / META_FILE)
    # With its language before it once: spaCy looks for the data by this name.
    name = (meta["name"] if name is None else name).removeprefix(f"{meta['lang']}_")
    version = meta["version"] if version is None else version
    _check(name, version)
    check_output(output, replacing=PACKAGES, force=replace)
    with written_whole(output, replacing=PACKAGES, force=replace) as folder:
        # As large as the pipeline: the folder for temporary files may have no room for it.
        sources = folder / "sources"
        source = _source(pipeline, sources, name=name, version=version, code=code)
        module = next(path for path in source.iterdir() if path.is_dir())
        meta = srsly.read_json(source / META_FILE)
        wheels = Path(wheel_name(module.name, meta["version"])), Path(wheel_name(PACKAGE, __version__))
        line = install_line(wheels)
        if not (pipeline / README_FILE).exists():  # else it is the author's
            _tell_of_installation(module, line)
        files = _files(module)
        total = own_bytes() + sum(file.stat().st_size for file in files.values())
        described = _description(module.name, meta, source)
        write_wheel(folder, described, files, progress=lambda n: progress(n, total))
        write_own_wheel(folder, progress=lambda n: progress(n, total))
        (folder / INSTALL_FILE).write_text(_INSTALL.format(line=line, name=module.name), encoding="utf8")
        shutil.rmtree(sources)
    return Packaged(module.name, (output / wheels[0], output / wheels[1]), _elsewhere(meta))


def install_line(wheels: Sequence[Path]) -> str:
    """For a shell. A path needs a separator, or pip takes it for a name."""
    places = [str(wheel) if wheel.parent.parts else f"./{wheel}" for wheel in wheels]
    return shlex.join(["python", "-m", "pip", "install", *places])


def _check(name: str, version: str) -> None:
    if not (name.isascii() and f"_{name}".isidentifier()):
        raise ValueError(Errors.B540.format(found=name))
    try:
        Version(version)
    except InvalidVersion as error:
        raise ValueError(Errors.B541.format(found=version)) from error


def _source(pipeline: Path, folder: Path, *, name: str, version: str, code: Sequence[Path]) -> Path:
    """What `spacy package` makes before it builds anything."""
    folder.mkdir()
    options: dict[str, Any] = {"name": name, "version": version, "code_paths": list(code), "require_parent": True}
    try:
        package(pipeline, folder, create_sdist=False, silent=True, **options)
    except SystemExit as error:  # it has nothing else to tell with
        raise ValueError(Errors.B544.format(path=pipeline)) from error
    return next(path for path in folder.iterdir() if path.is_dir())


def _files(module: Path) -> dict[str, Path]:
    """By path in the wheel. The package's meta.json stands where spaCy's setup.py copies it to."""
    source = module.parent
    paths = [path for path in module.rglob("*") if path.is_file() and not path.name.startswith(".")]
    files = {path.relative_to(source).as_posix(): path for path in paths}
    places = (place.relative_to(source) / META_FILE for place in (module, _data(module)))
    return files | {place.as_posix(): source / META_FILE for place in places}


def _tell_of_installation(module: Path, line: str) -> None:
    readme = (module.parent / README_FILE).read_text(encoding="utf8") + _README.format(package=PACKAGE, line=line)
    for folder in (module.parent, _data(module)):
        (folder / README_FILE).write_text(readme, encoding="utf8")


def _data(module: Path) -> Path:
    """Of a package: the folder of its pipeline."""
    return next(path for path in module.iterdir() if path.is_dir())


def _description(name: str, meta: Mapping[str, Any], source: Path) -> Description:
    """As spaCy's setup.py has it."""
    fields = {
        "Summary": meta.get("description"),
        "Home-page": meta.get("url"),
        "Author": meta.get("author"),
        "Author-email": meta.get("email"),
        "License": meta.get("license"),
    }
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {Version(meta['version'])}"]
    lines += [f"{field}: {' '.join(str(value).split())}" for field, value in fields.items() if value]
    lines += [f"Requires-Dist: {one}" for one in (*meta.get("setup_requires", ()), *meta.get("requirements", ()))]
    lines += ["Description-Content-Type: text/markdown", "", (source / README_FILE).read_text(encoding="utf8")]
    licenses = {file.name: file.read_bytes() for file in sorted(source.glob("LICENSE*"))}
    entry_points = f"[spacy_models]\n{name} = {name}\n"
    return Description(name, meta["version"], "\n".join(lines), entry_points=entry_points, licenses=licenses)


def _elsewhere(meta: Mapping[str, Any]) -> list[str]:
    names = [split_requirement(one)[0] for one in meta.get("requirements", ())]
    return [name for name in names if name.split("[")[0] != PACKAGE and _is_from_elsewhere(name)]


def _is_from_elsewhere(name: str) -> bool:
    """Pip notes where it got what it did not get from an index (PEP 610)."""
    try:
        return distribution(name).read_text("direct_url.json") is not None
    except (PackageNotFoundError, ValueError):
        return False
