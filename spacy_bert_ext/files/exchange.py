"""Two folders exchange their names in one step, where the system can do that (Linux, macOS)."""

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # of Linux' renameat2
_RENAME_SWAP = 2  # of macOS' renamex_np

# The system, or the file system, knows no exchange.
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}


def exchange(one: Path, other: Path) -> bool:
    """RETURNS (bool): Whether it was done: then there was no moment at which one of the names led nowhere.

    RAISES (OSError): It can't be done in another way, either.
    """
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


@cache
def _system_call() -> Callable[[bytes, bytes], int] | None:
    try:
        library = ctypes.CDLL(None, use_errno=True)
        platform: str = sys.platform  # no constant: types are checked for all systems at once
        if platform == "linux":
            renameat2 = library.renameat2
            return lambda one, other: renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE)
        if platform == "darwin":
            renamex_np = library.renamex_np
            return lambda one, other: renamex_np(one, other, _RENAME_SWAP)
    except (OSError, AttributeError, TypeError):  # an older system's library, or none that can be opened
        return None
    return None
