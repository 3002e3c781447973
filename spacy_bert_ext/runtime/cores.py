"""How many cores this process may use: by its affinity, and by the quota of its control groups (containers)."""

import ctypes
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")


def available_cores() -> int:
    """At least 1. A part of a core that a quota grants counts as one."""
    quota = quota_cores()
    cores = affinity_cores()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def affinity_cores() -> int:
    """Cores that the scheduler may give to this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def leave_core() -> None:
    """Have the system move this Python thread to another core, once; where it may be stays as it was (Linux)."""
    if sys.platform != "linux":
        return
    allowed = os.sched_getaffinity(0)
    try:
        others = allowed - {ctypes.CDLL(None).sched_getcpu()}
        if others:
            os.sched_setaffinity(0, others)
            os.sched_setaffinity(0, allowed)
    except (AttributeError, OSError):  # a C library without it; a sandbox that forbids it
        return


def quota_cores(root: Path = ROOT) -> float | None:
    """Cores' worth of time that control groups grant; None without a quota, or where there are no control groups.

    The lowest quota counts, from the process's own group up to the highest that it sees. Both versions of control
    groups may be there at once. What can't be read is no quota.
    """
    quotas = [quota for folder in _folders(root) if (quota := _quota_in(folder)) is not None]
    return min(quotas, default=None)


def _folders(root: Path) -> Iterator[Path]:
    """Folders of the process's control groups and of those around them."""
    groups = {}  # path by controller; "" is version 2
    for line in _lines(root / "proc/self/cgroup"):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        groups.update(dict.fromkeys(controllers.split(","), path))
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        controller = "" if kind[0] == "cgroup2" else "cpu"
        if controller in groups and (kind[0] == "cgroup2" or (kind[0] == "cgroup" and "cpu" in kind[2].split(","))):
            yield from _up(root / fields[4].lstrip("/"), fields[3], groups[controller])


def _up(mount: Path, mounted: str, path: str) -> Iterator[Path]:
    """From a group's folder up to that of the mounted group; only the latter if the group is outside of that."""
    parts = Path(path).parts[1:]
    above = Path(mounted).parts[1:]
    parts = parts[len(above) :] if parts[: len(above)] == above and ".." not in parts else ()
    for n in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:n])


def _quota_in(folder: Path) -> float | None:
    both = " ".join(_lines(folder / "cpu.max")).split()  # version 2
    if not both:
        both = [" ".join(_lines(folder / f"cpu.cfs_{name}_us")) for name in ("quota", "period")]
    try:
        quota, period = map(float, both)
    except ValueError:  # such as "max"
        return None
    return quota / period if quota > 0 and period > 0 else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
