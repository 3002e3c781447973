"""What `spacy bert package` does and tells."""

from collections.abc import Sequence
from pathlib import Path

from wasabi import msg

from ..checkpoints.packaging import INSTALL_FILE, Packaged, package_pipeline
from ..files.folders import BYTES_PER_MB
from ..runtime.progress import bar
from .input_errors import INPUT_ERRORS, told
from .reported import fail


def package_to(
    pipeline: Path, output_path: Path, *, name: str | None, version: str | None, code: Sequence[Path], force: bool
) -> None:
    try:
        with bar("Packaging", unit="B", unit_scale=True) as shown:

            def progress(n_bytes: int, total: int) -> None:
                shown.total = total
                shown.update(n_bytes)

            made = package_pipeline(
                pipeline, output_path, name=name, version=version, code=code, replace=force, progress=progress
            )
    except INPUT_ERRORS as error:
        fail(told(error))
    _print(made)


def _print(made: Packaged) -> None:
    for wheel in made.wheels:
        msg.good(f"{wheel} ({wheel.stat().st_size / BYTES_PER_MB:.1f} MB)")
    print(f"\nInstall both:  {made.install_line}")
    print(f'Load it:       spacy.load("{made.name}")\n')
    msg.text(
        f"To install it elsewhere, copy this folder: {INSTALL_FILE} has the command. Everything else comes from PyPI."
    )
    if made.elsewhere:
        msg.warn(
            f"The pipeline also needs {', '.join(made.elsewhere)}, which did not come from PyPI here",
            "Give their wheels to `pip install`, too.",
        )
