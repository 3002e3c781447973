"""`spacy evaluate` on the development data and, where there is one, on the test split."""

import subprocess
import sys
from pathlib import Path

import typer
from wasabi import msg

SPLITS = ("dev", "test")


def main(
    pipeline: Path = typer.Argument(..., help="Folder of the trained pipeline"),
    corpus: Path = typer.Argument(..., help="Folder with dev.spacy and, if there, test.spacy"),
    output: Path = typer.Argument(..., help="Folder for dev.json and test.json"),
    gpu_id: int = typer.Option(-1, help="As in `spacy evaluate`"),
) -> None:
    """Evaluate a pipeline on dev and test."""
    output.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        data, metrics = corpus / f"{split}.spacy", output / f"{split}.json"
        if split == "test" and not data.exists():
            metrics.unlink(missing_ok=True)
            msg.info(f"No {data}: scores are those on the development data")
            continue
        msg.divider(f"{pipeline} on {data}")
        command = ["evaluate", str(pipeline), str(data), "--output", str(metrics), "--gpu-id", str(gpu_id)]
        done = subprocess.run([sys.executable, "-m", "spacy", *command], check=False)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    typer.run(main)
