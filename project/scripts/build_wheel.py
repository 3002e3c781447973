"""A wheel from a source folder, with the tools of this environment: no network, no build isolation."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import typer
from wasabi import msg


def main(source: Path = typer.Argument(..., help="Folder that `spacy package` wrote")) -> None:
    """Build the wheel of a package folder into its dist folder."""
    wheel = build_wheel(source, source / "dist")
    msg.good(f"Wheel: {wheel} ({wheel.stat().st_size / 10**6:.1f} MB)")


def build_wheel(source: Path, output: Path) -> Path:
    """Replaces the wheels in `output`, which may lie in `source`."""
    shutil.rmtree(output, ignore_errors=True)
    ignored = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__")
    with tempfile.TemporaryDirectory() as folder:
        # Built from a copy: setuptools leaves files behind, and would take up those of an earlier build.
        copy = Path(folder) / "source"
        shutil.copytree(source, copy, ignore=ignored)
        options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(output)]
        done = subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(copy)], check=False)
    if done.returncode:
        msg.fail(f"Building a wheel of {source} failed")
        sys.exit(done.returncode)
    return next(output.glob("*.whl"))


if __name__ == "__main__":
    typer.run(main)
