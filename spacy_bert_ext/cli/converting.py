"""What `spacy bert convert` does and tells."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import srsly
from wasabi import msg

from ..conversion.converting import Splitting, convert_file
from ..conversion.docbins import SUFFIX
from ..conversion.exporting import export_file
from ..conversion.findings import Findings
from ..conversion.formats.options import read_columns
from ..conversion.formats.spans import LEFT_OUT
from ..conversion.parts import PART_NAMES
from ..errors import Errors
from ..files.folders import check_not_input, write_text_whole
from ..runtime.progress import counted
from .input_errors import told
from .next_steps import tell_next_steps
from .renaming import read_renamed
from .reported import fail

ListedT = TypeVar("ListedT")
LISTED = 20  # faults and labels that are shown; `--faults` writes all faults
# Tasks of `init-config` that are called otherwise than the form of their data.
TASK_OF_HEAD = {"spans": "spancat", "summaries": "summarizer", "pairs": "textpair"}


class Request(NamedTuple):
    """faults: File for all that is left out. to: Name of another format than `.spacy`. split: As of `parts_of`."""

    source: str
    target: Path
    task: str
    lang: str = "en"
    pipeline: str | None = None
    faults: Path | None = None
    to: str | None = None
    least_sure: int | None = None
    split: str | None = None
    seed: int = 0


def convert_to(request: Request, options: Mapping[str, Any]) -> None:
    """options: Those of the tasks that were given."""
    try:
        check_not_input(request.target, Path(request.source))
        given = _read_values(options)
        findings = _export(request, given) if request.to else _convert(request, given)
        if request.faults is not None:
            lines = "".join(srsly.json_dumps(fault._asdict()) + "\n" for fault in findings.faults)
            write_text_whole(request.faults, lines)
    except (ValueError, OSError, ImportError) as error:
        fail(told(error))
    _tell(findings, request.faults, request.task)
    msg.good(str(request.target))
    if request.split:
        tell_next_steps(_next_steps(request))


def _convert(request: Request, given: Mapping[str, Any]) -> Findings:
    if request.least_sure is not None:
        raise ValueError(Errors.B496)
    return convert_file(
        Path(request.source),
        request.target,
        request.task,
        lang=request.lang,
        pipeline=request.pipeline,
        given=given,
        splitting=Splitting(request.split, request.seed) if request.split else None,
        watched=_watched("Docs"),
    )


def _export(request: Request, given: Mapping[str, Any]) -> Findings:
    for option, value in (("--split", request.split), ("--pipeline", request.pipeline)):
        if value is not None:
            raise ValueError(Errors.B497.format(option=option))
    return export_file(
        Path(request.source),
        request.target,
        request.task,
        to=str(request.to),
        lang=request.lang,
        given=given,
        n_least_sure=request.least_sure,
        watched=_watched("texts"),
    )


def _watched(unit: str) -> Any:
    def watched(items: Iterable[ListedT]) -> Iterable[ListedT]:
        return counted(items, "Converting", unit=unit)

    return watched


def _tell(findings: Findings, faults: Path | None, task: str) -> None:
    for note in findings.notes:
        msg.info(note)
    for fault in findings.faults[:LISTED]:
        msg.warn(f"{fault.place}: {fault.reason}")
    n_more = len(findings.faults) - LISTED
    if n_more > 0:
        msg.warn(f"{n_more:,} more in {faults}" if faults else f"{n_more:,} more; `--faults FILE` writes all of them")
    _tell_labels(findings, task)
    if (n_lost := findings.counts.get(LEFT_OUT, 0)) > (n_kept := findings.counts.get("spans", 0)):
        msg.warn(f"More spans were left out ({n_lost:,}) than kept ({n_kept:,}): the reasons stand above")
    msg.table([(name, f"{n:,}") for name, n in findings.counts.items()], aligns=("l", "r"))


def _next_steps(request: Request) -> list[str]:
    """As one would type them."""
    task = TASK_OF_HEAD.get(request.task, request.task)
    train, dev = (request.target / f"{part}{SUFFIX}" for part in PART_NAMES[:2])
    options = f"--task {task} --lang {request.lang} --epochs 4 --train {train} --dev {dev}"
    return [
        f"Next:  python -m spacy bert init-config config.cfg {options}",
        "       python -m spacy bert train config.cfg --output training",
    ]


def _tell_labels(findings: Findings, task: str) -> None:
    """A table of labels, the most frequent first, with a column for each part of the data; and what is odd of them."""
    parts = list(findings.labels)
    totals = sum(findings.labels.values(), Counter())
    if not totals:
        return
    rows = [
        (label, *(f"{findings.labels[part][label]:,}" for part in parts)) for label, _ in totals.most_common(LISTED)
    ]
    header = ("label", *(part or "number" for part in parts))
    msg.table(rows, header=header, divider=True, aligns=("l", *"r" * len(parts)))
    if len(totals) > len(rows):
        print(f"... and {len(totals) - len(rows):,} other labels\n")
    if task == "textcat" and len(totals) == 1:
        msg.warn("There is one category alone. A classifier needs two, or `--task textcat_multilabel`")
    for usual, other in _alike(totals):
        msg.warn(f"{other!r} may mean {usual!r}: `--rename '{other}={usual}'` makes one label of both")


def _alike(totals: Counter[str]) -> list[tuple[str, str]]:
    """Pairs of labels that differ in capitals, blanks, dashes or underscores alone, the more frequent one first."""
    usual: dict[str, str] = {}
    pairs = []
    for label, _ in totals.most_common():
        same = usual.setdefault(re.sub(r"[\s_-]+", "", label.casefold()), label)
        if same != label:
            pairs.append((same, label))
    return pairs


def _read_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of options that are written in one word: a table, a list, a file."""
    readers: dict[str, Callable[[Any], Any]] = {
        "rename": read_renamed,
        "columns": lambda text: read_columns(text) if "=" in text else tuple(map(str.strip, text.split(","))),
        "label_names": _names,
    }
    return {name: readers[name](value) if name in readers else value for name, value in given.items()}


def _names(path: Path) -> tuple[str, ...]:
    """One a line. An empty line before others would shift their numbers."""
    names = [line.strip() for line in path.read_text("utf-8-sig").rstrip().split("\n")]
    if "" in names:
        raise ValueError(Errors.B581.format(path=path, line=names.index("") + 1))
    return tuple(names)
