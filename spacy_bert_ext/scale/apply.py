"""A pipeline on all rows of an input: chunk by chunk, so that a job that was killed goes on."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..about import __version__
from ..errors import Errors
from ..files.folders import file_written_whole
from ..files.unfinished import held
from .annotate import Annotate
from .engines.engine import Engine
from .outputs import check_replaceable, take_place
from .parts import Parts
from .pending import Pending
from .rows import CHUNK_CHARS, CHUNK_ROWS
from .sinks.sink import Sink
from .sources.source import Source
from .work import Work

MANIFEST, OUTPUT = "manifest.json", "output"

Tell = Callable[[int, int], None]  # rows that are done, and how much of the input was read


class Summary(NamedTuple):
    """n_before: Rows that an earlier call of the job has done. faults: How many rows have which."""

    n_rows: int
    n_before: int
    faults: dict[str, int]


@dataclass(frozen=True)
class Job:
    """fingerprint: Of the pipeline's files."""

    annotate: Annotate
    source: Source
    sink: Sink
    output: Path
    fingerprint: str

    @property
    def folder(self) -> Path:
        """Of the chunks, beside the output."""
        return self.output.parent / f".{self.output.name}.apply"

    def manifest(self) -> dict[str, Any]:
        """All that an output depends on besides the rows of the input, which are compared chunk by chunk."""
        settings = {
            "text column": self.annotate.text,
            "columns": list(self.annotate.columns),
            "prefix": self.annotate.prefix,
            "given": self.annotate.given,
            "batch size": self.annotate.batch_size,
            "limit of characters": self.annotate.max_chars,
            "format of the output": type(self.sink).__name__,
            "chunks": [CHUNK_ROWS, CHUNK_CHARS],
            "version of spacy-bert-ext": __version__,
        }
        return {"pipeline": self.fingerprint, **settings}


def apply(job: Job, engine: Engine, *, force: bool, tell: Tell) -> Summary:
    """Annotate what is left of the job, and write its output whole.

    force: Begin anew, whatever is there.
    RAISES (ValueError): The output is there, or chunks of another job, or of other rows; as the engine does.
    RAISES (OSError): The output can't be written, or the input read.
    """
    check_replaceable(job.output, is_allowed=force or job.folder.exists())
    with _begun(job, force=force):
        parts = Parts(job.folder)
        n_before = parts.n_rows
        if not parts.is_complete:
            tell(parts.n_rows, parts.read)
            pending = Pending(job.source, job.folder, parts.n_chunks)
            with closing(engine.run(Work(job.annotate, job.sink), pending)) as results:
                for done in results:
                    parts.append(done.data, done.entry)
                    tell(parts.n_rows, parts.read)
            parts.complete()
        finished = job.folder / OUTPUT
        if not parts.is_moved:
            take_place(None, finished)
            job.sink.finish(parts, finished)
        if finished.exists():
            take_place(finished, job.output)
        shutil.rmtree(job.folder)
    return Summary(parts.n_rows, n_before, parts.faults)


def stream(job: Job, engine: Engine, tell: Tell) -> Iterator[bytes]:
    """The output chunk by chunk, of a sink whose chunks are one behind each other. Nothing is kept on the disk."""
    n_rows = 0
    with closing(engine.run(Work(job.annotate, job.sink), Pending(job.source, None))) as results:
        for done in results:
            yield done.data
            n_rows += done.entry.rows
            tell(n_rows, done.entry.read)


@contextmanager
def _begun(job: Job, *, force: bool) -> Iterator[None]:
    """The job's folder, with its manifest, for this process alone."""
    job.folder.mkdir(parents=True, exist_ok=True)
    with held(job.folder) as is_ours:
        if not is_ours:
            raise ValueError(Errors.B532.format(output=job.output))
        file = job.folder / MANIFEST
        wanted = job.manifest()
        found = json.loads(file.read_text(encoding="utf8")) if file.exists() else wanted
        is_new = force or (found != wanted and Parts(job.folder).is_empty)  # nothing is lost
        if found != wanted and not is_new:
            changed = ", ".join(name for name in wanted if found.get(name) != wanted[name])
            raise ValueError(Errors.B528.format(output=job.output, changed=changed))
        if is_new:
            for path in job.folder.iterdir():
                take_place(None, path)
        with file_written_whole(file) as new:
            new.write_text(json.dumps(wanted, indent=2), encoding="utf8")
        yield
