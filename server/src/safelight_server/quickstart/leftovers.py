"""Servers that a killed supervisor left behind."""

from __future__ import annotations

import psutil

from safelight_server.quickstart.state import RunRecord

_GRACE_S = 10.0
_CLOCK_TOLERANCE_S = 1.0


def creation_time(pid: int) -> float:
    """When the process was created, in seconds since the epoch; 0 when it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0


def stop_leftovers(record: RunRecord) -> list[str]:
    """End the servers of a run whose supervisor is gone, and return their names.

    A process that merely has the number of one of them is left alone: its creation time differs.
    """
    found = {
        name: psutil.Process(pid)
        for name, (pid, created) in record.services.items()
        if abs(creation_time(pid) - created) < _CLOCK_TOLERANCE_S
    }
    for process in found.values():
        process.terminate()
    _gone, alive = psutil.wait_procs(found.values(), timeout=_GRACE_S)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=_GRACE_S)
    return list(found)
