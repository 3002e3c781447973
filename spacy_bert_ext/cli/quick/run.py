"""`spacy bert quick`: each step that is not done yet, one after the other."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import typer
from wasabi import msg

from ..reported import fail
from ..typed import typed
from .calls import call
from .encoders import choose_encoder
from .ending import tell_ending
from .journal import Journal
from .request import Request
from .steps import N_TEXTS, STEPS, Step, Work

SIGNALS = 128  # from here on exit codes are those of signals, such as 130 of Ctrl-C


def run_quick(request: Request, *, force: bool) -> None:
    """force (bool): Steps that were begun with other options begin again, with all that follow."""
    started = time.monotonic()
    try:
        request.check()
        work = Work(request, Journal(request.output), choose_encoder)
        work.encoder()  # before anything takes time: there may be none
        for i, step in enumerate(STEPS):
            _take(step, work, STEPS[i:], title=f"{i + 1}/{len(STEPS)} {step.name}", force=force)
        tell_ending(work, time.monotonic() - started)
    except (ValueError, OSError) as error:
        fail(str(error))


def _take(step: Step, work: Work, rest: Sequence[Step], *, title: str, force: bool) -> None:
    """rest (Sequence[Step]): The step, and those that follow."""
    journal = work.journal
    arguments = step.arguments(work)
    data = _fingerprint(step.reads(work.request))
    changed = journal.changed(step.name, arguments, data)
    # Nothing is lost of a step that has failed.
    if changed is not None and (journal.is_done(step.name) or step.resumes(work)):
        if not force:
            raise ValueError(changed)
        journal.forget([one.name for one in rest], [N_TEXTS] if step is STEPS[0] else [])
        arguments = step.arguments(work)
    if journal.is_done(step.name):
        msg.good(f"{title}: done before")
        return
    more = step.resumes(work) if journal.is_begun(step.name) else ()
    if not more:
        for name in step.outputs:
            _remove(work.request.output / name)
    journal.begin(step.name, arguments, data)
    msg.divider(title)
    print(typed([*arguments, *more]), flush=True)
    code = call([*arguments, *more])
    if code:
        when = "The same command" if code >= SIGNALS else "Once that is corrected, the command"
        msg.fail(f"Stopped at step {title}. {when} goes on from there:")
        print(typed(work.request.arguments()))  # in one line, to copy
        if code < SIGNALS and step is not STEPS[0]:
            msg.text("If the data or an option of an earlier step has to change, add `--force`.")
        raise typer.Exit(code)
    journal.finish(step.name)


def _remove(path: Path) -> None:
    """What a step that was interrupted has left."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _fingerprint(data: str | None) -> list[tuple[str, int, int]] | None:
    """Size and time of change of each file; None if nothing is read, or what is read is no file."""
    path = Path(data or "")
    if data is None or not path.exists():
        return None
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
