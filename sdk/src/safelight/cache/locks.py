"""Advisory locks that spare processes from downloading the same object at the same time.

Nothing depends on them: a file gets its name only when it is complete, whoever made it. One byte of one file
stands for each object (POSIX record locks), so there is nothing to create or to clean up per object, and the
system lets go when a process ends in any way.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

_OFFSETS: Final = 2**62


class RecordLocks:
    """The locks of one cache directory, held by one process: a fork does not inherit them.

    Args:
        path: the lock file; where it cannot be opened every lock is free
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self, name: str) -> bool:
        """Take the lock unless another process has it. A lock that cannot work counts as taken."""
        if sys.platform == "win32" or not self._open():
            return True
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _offset(name))
        except (BlockingIOError, PermissionError):  # POSIX allows either for "somebody has it"
            return False
        except OSError:  # no locks on this file system
            return True
        return True

    def release(self, name: str) -> None:
        """Let go of a lock."""
        if sys.platform != "win32" and self._descriptor >= 0:
            with suppress(OSError):
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, _offset(name))

    def close(self) -> None:
        """Let go of everything."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> bool:
        if self._descriptor < 0:
            with suppress(OSError):
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        return self._descriptor >= 0


def locks_lie(path: Path) -> bool:
    """Whether locks on this file system are granted to everyone (some network file systems do that).

    A record lock of the process and one of an open file description exclude each other even within one
    process (fcntl(2), "Open file description locks"), so one process can find out. Where it cannot, locks are
    trusted.
    """
    if sys.platform != "linux":
        return False
    wish = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, _OFFSETS + os.getpid(), 1, 0)
    first = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    second = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.fcntl(second, fcntl.F_OFD_SETLK, wish)
        fcntl.lockf(first, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _OFFSETS + os.getpid())
    except OSError:
        return False
    finally:
        os.close(second)
        os.close(first)
        path.unlink(missing_ok=True)
    return True


def _offset(name: str) -> int:
    # Two names that share a byte wait for each other in vain, once in four thousand million.
    return zlib.crc32(name.encode())
