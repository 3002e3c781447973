"""What `spacy bert apply` does and tells."""

import sys
from contextlib import closing, nullcontext, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from spacy.cli._util import import_code
from wasabi import msg

from ..errors import Errors
from ..files.folders import check_not_input
from ..runtime.progress import bar
from ..scale.annotate import Annotate
from ..scale.apply import Job, Summary, apply, stream
from ..scale.engines.choosing import Choice, engine_of
from ..scale.engines.engine import ERRORS
from ..scale.outputs import STDOUT, kind_of, needed_columns, sink_of
from ..scale.pipelines import filled_columns, fingerprint, pipeline_folder
from ..scale.sources.source import Source
from .input_errors import told
from .reported import show

TOLD = 10  # kinds of faults


class Where(NamedTuple):
    """What computes, as on the command line; None: not given."""

    engine: str | None
    workers: int | None
    devices: str | None
    address: str | None


@dataclass(frozen=True)
class Request:
    """The command's arguments. kinds: Of input and output. annotate: Settings of `Annotate`."""

    pipeline: str
    source: str
    output: str
    where: Where
    kinds: tuple[str | None, str | None]
    columns: str | None
    given: list[str]
    code: Path | None
    annotate: dict[str, Any]
    force: bool


def apply_to(request: Request) -> None:
    """The exit code is 130 if it is stopped by Ctrl-C."""
    job_is_begun = False
    try:
        engine, device = engine_of(Choice(*request.where, source=request.source))
        job = _job(request, device)
        job_is_begun = True
        with closing(_Bar(job.source.total())) as shown:
            if request.output == STDOUT:
                for data in stream(job, engine, shown.tell):
                    sys.stdout.buffer.write(data)
                sys.stdout.flush()
                return
            summary = apply(job, engine, force=request.force, tell=shown.tell)
    except ERRORS as error:
        _fail(told(error), request.output, code=1)
    except KeyboardInterrupt:
        goes_on = job_is_begun and request.output != STDOUT
        _fail("Stopped. The same command goes on." if goes_on else "Stopped.", request.output, code=130)
    _tell(summary, request.output)


def _fail(reason: str, output: str, *, code: int) -> NoReturn:
    with redirect_stdout(sys.stderr) if output == STDOUT else nullcontext():
        show(msg.fail, reason)
    sys.exit(code)


def _job(request: Request, device: str) -> Job:
    check_not_input(Path(request.output), Path(request.source))
    import_code(request.code)
    from_kind, to_kind = request.kinds
    kind = kind_of(request.output, to_kind)
    folder = pipeline_folder(request.pipeline)
    asked_for = request.columns.split(",") if request.columns else filled_columns(folder)
    columns = needed_columns(kind, [column.strip() for column in asked_for])
    given = dict(_pair(one) for one in request.given)
    annotate = Annotate(
        request.pipeline, columns=columns, device=device, given=given, code=request.code, **request.annotate
    )
    source = Source(request.source, annotate.text, from_kind)
    source.check()
    sink = sink_of(kind, annotate)
    return Job(annotate, source, sink=sink, output=Path(request.output), fingerprint=fingerprint(folder, request.code))


def _pair(given: str) -> tuple[str, str]:
    name, sign, column = (part.strip() for part in given.partition("="))
    if not (name and sign and column):
        raise ValueError(Errors.B010.format(found=given, setting="--given", allowed="EXTENSION=COLUMN"))
    return name, column


class _Bar:
    """How much of the input was read, with rate and time left; how many rows are done."""

    def __init__(self, total: int | None) -> None:
        self._bar = bar("Annotating", total, "B", unit_scale=True)
        self._rows_before: int | None = None

    def close(self) -> None:
        self._bar.close()

    def tell(self, n_rows: int, n_read: int) -> None:
        if self._rows_before is None:
            self._rows_before = n_rows
            self._bar.initial = n_read
        seconds = self._bar.format_dict["elapsed"]
        rate = (n_rows - self._rows_before) / seconds if seconds else 0.0
        self._bar.set_postfix_str(f"{n_rows:,} texts, {rate:,.0f}/s", refresh=False)
        self._bar.update(n_read - self._bar.n)


def _tell(summary: Summary, output: str) -> None:
    if summary.n_before:
        msg.info(f"{summary.n_before:,} rows were done before")
    n_wrong = sum(summary.faults.values())
    if n_wrong:
        msg.warn(f"{n_wrong:,} of {summary.n_rows:,} rows have an error, and no annotations:")
        faults = sorted(summary.faults.items(), key=lambda item: -item[1])
        for fault, n in faults[:TOLD]:
            msg.text(f"{n:,}: {fault}")
        if len(faults) > TOLD:
            msg.text(f"{len(faults) - TOLD:,} other reasons: see the column of errors")
    msg.good(f"{summary.n_rows:,} rows in {output}")
