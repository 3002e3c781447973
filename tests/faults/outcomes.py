"""What comes of loading a folder, found out in a process of its own: it may hang, take all memory or crash."""

import contextlib
import json
import os
import resource
import select
import signal
import socket
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import spacy
from spacy.language import Language

from spacy_bert_ext.files.checksums import renew_checksums
from tests.annotated import TEXTS
from tests.faults.damages import ENCODER
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import encoder_config

MOST_SECONDS = 60
MOST_BYTES = 16 * 2**30  # of address space
_CODED = "[B"

FAULTS = ("hang", "raw error", "connection", "silent change")


def load_as_it_is(folder: Path) -> Language:
    """Damage that nobody meant: the checksums are those of the files as they were."""
    return spacy.load(folder)


def load_with_renewed_checksums(folder: Path) -> Language:
    """A folder that someone made, whose checksums are right."""
    for component in folder.iterdir():
        if (component / "cfg").exists():
            with contextlib.suppress(OSError, ValueError, RuntimeError, AttributeError, TypeError):
                renew_checksums(component)
    return spacy.load(folder)


def load_as_checkpoint(folder: Path) -> Language:
    """The encoder's folder, named as the checkpoint of a new pipeline."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={**encoder_config(str(folder / ENCODER)), "keep": "tokens"})
    nlp.initialize()
    return nlp


WAYS: dict[str, Callable[[Path], Language]] = {
    "as_it_is": load_as_it_is,
    "checksums_renewed": load_with_renewed_checksums,
    "as_checkpoint": load_as_checkpoint,
}


def results(nlp: Language) -> list:
    docs = list(nlp.pipe(TEXTS))
    return [[annotations(doc), [round(float(number), 3) for number in doc.vector[:4]]] for doc in docs]


def outcome(load: Callable[[Path], Language], folder: Path, expected: Sequence) -> tuple[str, str]:
    """What came of it, and a message: "refused", "warned", "same", or one of FAULTS.

    expected: Results of the folder when it was whole.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            found = _try(load, folder, expected)
            os.write(writing, json.dumps(found).encode()[:60_000])
        finally:
            os._exit(0)  # whatever was raised: the child never goes on with the parent's tests
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], MOST_SECONDS)
    data = b""
    if ready:
        while part := os.read(reading, 65_536):
            data += part
    os.close(reading)
    if not ready:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if not ready:
        return "hang", f"more than {MOST_SECONDS} seconds"
    return tuple(json.loads(data)) if data else ("raw error", "the process crashed")


def _try(load: Callable[[Path], Language], folder: Path, expected: Sequence) -> tuple[str, str]:
    connections = []

    def refuse(*arguments: object, **options: object) -> None:
        connections.append(str(arguments[1:]))
        raise OSError("no network")

    socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    most = MOST_BYTES if allowed == resource.RLIM_INFINITY else min(MOST_BYTES, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    begin = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = results(load(folder))
        except BaseException as error:
            kind = "refused" if isinstance(error, ValueError) and str(error).startswith(_CODED) else "raw error"
            return ("connection" if connections else kind), f"{type(error).__name__}: {str(error)[:400]}"
    if connections:
        return "connection", connections[0]
    told = [str(warning.message) for warning in caught if str(warning.message).startswith(_CODED)]
    seconds = f"{time.monotonic() - begin:.1f} s"
    if json.loads(json.dumps(found)) == list(expected):
        return "same", seconds
    return ("warned", told[0]) if told else ("silent change", seconds)
