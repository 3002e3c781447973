"""Which engine a command asks for, with which workers on which devices."""

from typing import NamedTuple

from ...errors import Errors
from ..devices import AUTO
from ..sources.opened import STDIN
from .engine import Engine, Local
from .processes import Processes
from .ray_data import RayData

ENGINES = ("local", "processes", "ray")


class Choice(NamedTuple):
    """As on the command line; None: not given. source: The input."""

    engine: str | None
    workers: int | None
    devices: str | None
    address: str | None
    source: str


def engine_of(choice: Choice) -> tuple[Engine, str]:
    """The engine, and the device of `Annotate`.

    RAISES (ValueError): An unknown engine, or what does not go together. RAISES (ImportError): Ray is missing.
    """
    devices = [_device(one.strip()) for one in choice.devices.split(",")] if choice.devices else []
    n_workers = choice.workers or max(1, len(devices))
    name = choice.engine or ("ray" if choice.address else "local" if n_workers == 1 else "processes")
    if name not in ENGINES:
        raise ValueError(Errors.B010.format(found=name, setting="--engine", allowed=", ".join(ENGINES)))
    if len(devices) > n_workers:
        raise _wrong(f"a list of {len(devices)} devices", f"--workers {n_workers}", f"--workers {len(devices)}")
    if choice.address and name != "ray":
        raise _wrong("--address", f"--engine {name}", "--engine ray")
    if name == "ray":
        if choice.source == STDIN:
            raise _wrong("standard input", "--engine ray", "a file")
        uses_gpus = None if not devices else "cpu" not in devices
        return RayData(n_workers, choice.address, uses_gpus=uses_gpus), AUTO
    if name == "local":
        if n_workers > 1:
            raise _wrong(f"{n_workers} workers", "--engine local", "--engine processes")
        return Local(), devices[0] if devices else AUTO
    return Processes(n_workers, devices), AUTO


def _device(name: str) -> str:
    return f"cuda:{name}" if name.isdecimal() else name


def _wrong(found: str, with_what: str, allowed: str) -> ValueError:
    return ValueError(Errors.B533.format(found=found, with_what=with_what, allowed=allowed))
