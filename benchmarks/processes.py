"""Fresh processes that do one thing and report it, and the memory that a process holds (Linux)."""

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

KIB_PER_MIB = 1024
_C_LIBRARY = ctypes.CDLL(None)


class _HeapNumbers(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33 and later, in bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks")
    ] + [("keepcost", ctypes.c_size_t)]


def fresh(script: str, *arguments: object) -> dict:
    """Run a script in a process of its own; what it prints in its last line, as JSON.

    "process_s" is added: seconds from the call to the end of the process.
    """
    # The package of this checkout, whatever is installed.
    paths = [str(Path(__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, script, *map(str, arguments)]
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return {**json.loads(done.stdout.splitlines()[-1]), "process_s": round(time.perf_counter() - begin, 3)}


def resident_mib() -> float:
    """Physical memory of this process now."""
    return _status("VmRSS")


def peak_mib() -> float:
    """The most physical memory of this process since `forget_peak`, or since its start."""
    return _status("VmHWM")


def private_mib(pid: int) -> float:
    """Physical memory that no other process shares with this one."""
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    return round(sum(int(row[1]) for row in rows if row[0].startswith("Private_")) / KIB_PER_MIB, 1)


def heap_mib() -> tuple[float, float]:
    """What the C library's heap has given out, large blocks included, and what it keeps of what was freed."""
    read = _C_LIBRARY.mallinfo2
    read.restype = _HeapNumbers
    numbers = read()
    return round((numbers.uordblks + numbers.hblkhd) / 2**20, 1), round(numbers.fordblks / 2**20, 1)


def trim_heap() -> None:
    """Give back to the system what the heap keeps of what was freed."""
    _C_LIBRARY.malloc_trim(0)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _status(key: str) -> float:
    rows = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return round(int(rows[key].split()[0]) / KIB_PER_MIB, 1)
