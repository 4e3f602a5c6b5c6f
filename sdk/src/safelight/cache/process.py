"""Which process is at work in a cache directory, and whether it still lives."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, told apart from every other on every machine that shares the directory.

    Attributes:
        host: host name
        boot: the machine's boot, as Linux names it; empty elsewhere
        namespace: the pid namespace (container); empty elsewhere
        pid: process id
        start: when the process started, in clock ticks since boot; empty where unknown
    """

    host: str
    boot: str
    namespace: str
    pid: int
    start: str

    @property
    def token(self) -> str:
        """16 hex digits that stand for this process in file names."""
        return blake2b(repr(self).encode(), digest_size=8).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def lives(self) -> bool | None:
        """Whether the process lives; None when this machine cannot know."""
        here = this_process()
        if self.host == here.host and self.boot != here.boot:
            return False
        if (self.host, self.namespace) != (here.host, here.namespace):
            return None
        return _start_of(self.pid) == self.start if self.start else _runs(self.pid)


def this_process() -> ProcessId:
    """Return the identity of the running process."""
    return _identity_of(os.getpid())


@lru_cache(maxsize=8)
def _identity_of(pid: int) -> ProcessId:
    boot = namespace = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    with suppress(OSError):
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return ProcessId(socket.gethostname(), boot, namespace, pid, _start_of(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it exists, and is somebody else's
        return True
    return True


def _start_of(pid: int) -> str:
    """Read field 22 of /proc/<pid>/stat (proc(5)), counting from behind the name, which may be anything."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    state, *fields = stat.rpartition(b")")[2].split()
    return "" if state in b"ZX" else fields[18].decode()
