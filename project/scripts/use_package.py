"""Install a pipeline's wheel beside a wheel of spacy-bert-ext in an environment of their own, and annotate with it.

That environment borrows spaCy, torch and the other dependencies from the current one, but not the source checkout: what
runs there is what the wheels hold.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import typer
from build_wheel import build_wheel
from wasabi import msg

SCRIPTS = Path(__file__).resolve().parent
CHECKOUT = SCRIPTS.parent.parent
PACKAGE = "spacy_bert_ext"


def main(
    wheel_folder: Path = typer.Argument(..., help="Folder with the wheel of the pipeline"),
    environment: Path = typer.Argument(..., help="Folder for the environment; an old one is replaced"),
    output: Path = typer.Argument(..., help="File for the annotations"),
) -> None:
    """Use a pipeline's wheel the way its users do."""
    wheel = next(wheel_folder.glob("*.whl"), None)
    if wheel is None:
        msg.fail(f"No wheel in {wheel_folder}", exits=1)
    if not (CHECKOUT / "setup.cfg").is_file():
        msg.fail(f"{CHECKOUT} is no checkout of spacy-bert-ext: it has no setup.cfg", exits=1)
    msg.info(f"Building spacy-bert-ext and installing both wheels in {environment}")
    with tempfile.TemporaryDirectory() as folder:
        own_wheel = build_wheel(copy_source(Path(folder) / "source"), Path(folder) / "wheels")
        python = make_environment(environment.resolve(), [own_wheel, wheel])
    package = wheel.name.split("-")[0]
    annotations = annotate(python, package)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(annotations, encoding="utf8")
    print(f"Wheel:           {wheel}\n{annotations}")


def copy_source(output: Path) -> Path:
    """The checkout without what is no part of the package, such as environments and data."""
    shutil.copytree(CHECKOUT / PACKAGE, output / PACKAGE)
    for path in CHECKOUT.iterdir():
        if path.is_file():
            shutil.copy2(path, output)
    return output


def make_environment(folder: Path, wheels: list[Path]) -> Path:
    """An environment with these wheels and with the current environment's packages. Its interpreter's path."""
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", *map(str, wheels)]
    _run([sys.executable, "-m", "pip", "--python", str(python), *options])
    # Written after the installation, or pip would take what the current environment has for installed already. Python
    # reads no .pth files in folders that a .pth file names, so the editable checkout isn't found this way.
    shared = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    own = _run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    (Path(own) / "shared.pth").write_text("\n".join(shared) + "\n", encoding="utf8")
    return python


def annotate(python: Path, package: str) -> str:
    """What annotate.py prints in that environment, in another working directory, without network."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env |= {"PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", "HF_HUB_OFFLINE": "1"}
    command = [str(python), str(SCRIPTS / "annotate.py"), package, "--not-from", str(CHECKOUT / PACKAGE)]
    with tempfile.TemporaryDirectory() as folder:
        return _run(command, env=env, cwd=folder)


def _run(command: list[str], **options) -> str:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, encoding="utf8", **options)
    if done.returncode:
        print(done.stdout)
        msg.fail(f"Failed with status {done.returncode}: {' '.join(command)}")
        sys.exit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    typer.run(main)
