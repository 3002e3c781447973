"""`spacy bert apply` is killed again and again while it annotates: the output must be that of an undisturbed job.

    python -m tests.faults.apply_kills --rows 1000000 --kills 10 --output benchmarks/results/apply_kills.json

Each kind of output is written once undisturbed, while its memory is watched, and once by a job that is killed at random
moments and begun again. The pipeline is a tiny BERT with random weights. Linux: memory is read from /proc.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.pipeline.pipelines import make_initialized
from tests.tiny import TEXT, make_checkpoint

KINDS = ("jsonl", "csv", "parquet", "spacy", "conll")
FIRST_ROWS = 20_000  # after which memory should be flat
SETTLED = "settled_mib"
_RANDOM = random.Random(0)
_WORDS = TEXT.split()
_WATCH_SECONDS = 0.4


class Sample(NamedTuple):
    """How many rows are done, and how much memory the process has."""

    rows: int
    mib: float


def write_inputs(folder: Path, n_rows: int) -> tuple[Path, Path]:
    """RETURNS: A pipeline, and texts, each with a word of its own; each thousandth is no UTF-8."""
    nlp = make_initialized(make_checkpoint(folder / "encoder", "bert"), ("bert_textcat",))
    nlp.to_disk(folder / "pipeline")
    texts = folder / "texts.txt"
    with texts.open("wb") as file:
        for i in range(n_rows):
            line = " ".join([*_RANDOM.choices(_WORDS, k=_RANDOM.randint(2, 8)), f"word{i}"]).encode()
            file.write(line + (b" \xff\n" if i % 1000 == 999 else b"\n"))
    return folder / "pipeline", texts


class Command:
    """options: Of the command, such as of its engine."""

    def __init__(self, pipeline: Path, texts: Path, output: Path, options: Sequence[str] = ()) -> None:
        self.output = output
        command = ("-m", "spacy", "bert", "apply", str(pipeline), str(texts), str(output), *options)
        self._command = (sys.executable, *command)
        self._log = output.parent / f".{output.name}.apply" / "log"

    def run(self, rows: int | None = None) -> list[Sample]:
        """Run it to its end, or kill it a moment after so many rows are done. RAISES (RuntimeError): It fails."""
        process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, text=True
        )
        found: list[Sample] = []
        while process.poll() is None:
            found.append(Sample(self.rows_done(), _resident_mib(process.pid)))
            time.sleep(_RANDOM.random() * _WATCH_SECONDS)
            if rows is not None and found[-1].rows >= rows:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode not in (0, -signal.SIGKILL):
            raise RuntimeError(process.stdout.read())
        process.stdout.close()
        return found

    def rows_done(self) -> int:
        try:
            lines = self._log.read_bytes().split(b"\n")[:-1]
        except OSError:
            return 0
        return sum(json.loads(line)[1] for line in lines if line != b"null")

    def digest(self) -> str:
        files = sorted(self.output.iterdir()) if self.output.is_dir() else [self.output]
        found = hashlib.sha256()
        for file in files:
            found.update(file.read_bytes())
        return found.hexdigest()


def _resident_mib(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def memory_of(samples: Iterable[Sample]) -> dict[str, float]:
    """Most memory until `FIRST_ROWS` rows are done, and after that."""
    samples = list(samples)
    before = max((sample.mib for sample in samples if sample.rows <= FIRST_ROWS), default=0.0)
    after = max((sample.mib for sample in samples if sample.rows > FIRST_ROWS), default=0.0)
    return {"first_rows_mib": round(before, 1), SETTLED: round(after, 1)}


def measure(folder: Path, kind: str, n_rows: int, *, kills: int, options: Sequence[str] = ()) -> dict[str, Any]:
    """RETURNS: Whether the bytes are the same, how many rows were done at each kill, seconds and memory undisturbed."""
    pipeline, texts = write_inputs(folder, n_rows)
    whole = Command(pipeline, texts, folder / f"whole.{kind}", options)
    begin = time.perf_counter()
    samples = whole.run()
    seconds = time.perf_counter() - begin
    killed = Command(pipeline, texts, folder / f"killed.{kind}", options)
    rows_at_kill = []
    for rows in sorted(_RANDOM.randrange(n_rows) for _ in range(kills)):
        killed.run(rows)
        if killed.output.exists():  # it was done before the kill
            break
        rows_at_kill.append(killed.rows_done())
    if not killed.output.exists():
        killed.run()
    return {
        "equal": whole.digest() == killed.digest(),
        "rows": n_rows,
        "rows_at_kill": rows_at_kill,
        "seconds": round(seconds, 1),
        **memory_of(samples),
    }


def main(arguments: Iterable[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="Of JSON lines; other kinds have a tenth")
    parser.add_argument("--kills", type=int, default=10, help="Of each job")
    parser.add_argument("--only", help="One kind of output")
    parser.add_argument("--output", type=Path, help="JSON file of the figures")
    options = parser.parse_args(arguments)
    figures = {}
    for kind in KINDS if options.only is None else (options.only,):
        with tempfile.TemporaryDirectory() as folder:
            n_rows = options.rows if kind == "jsonl" else options.rows // 10
            figures[kind] = measure(Path(folder), kind, n_rows, kills=options.kills)
        print(kind, json.dumps(figures[kind]), flush=True)
    if options.output:
        options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")
    return figures


if __name__ == "__main__":
    main()
