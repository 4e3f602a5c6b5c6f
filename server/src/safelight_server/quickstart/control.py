"""Look at a running stack, and stop it, from another process."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from safelight_server.quickstart.errors import NotRunningError, QuickstartError
from safelight_server.quickstart.state import StateDirectory

_STOP_TIMEOUT_S = 45.0
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Status:
    """What `safelight-server status` says.

    Attributes:
        is_ready: whether every server answers
        text: for people
    """

    is_ready: bool
    text: str


def describe(root: Path) -> Status:
    """The state of the stack in this directory."""
    state = StateDirectory(root)
    record = state.read_run()
    if not state.is_owned():
        return Status(is_ready=False, text=_why_not_running(state))
    if record is None or not record.ready:
        return Status(is_ready=False, text=f"Starting, from {state.root}.")
    stack = state.read_stack()
    lines = [f"Running from {state.root} (process {record.pid})."]
    lines += [f"  {name:10} process {pid}" for name, (pid, _created) in record.services.items()]
    lines += ["", f"  MongoDB   {stack['mongodb_uri']}"]
    lines += [f"  S3        {stack['s3']['endpoint_url']}, bucket {stack['s3']['bucket']}"]
    lines += [
        f"  index     {stack['index_url']}",
        f"  API       {stack['api_uri']}",
        "",
        f"  . {state.env_sh}",
    ]
    return Status(is_ready=True, text="\n".join(lines))


def _why_not_running(state: StateDirectory) -> str:
    text = f"Nothing runs from {state.root}."
    failure = state.read_failure()
    if failure:
        return f"{text} The last run failed:\n{failure}"
    if state.read_run() is not None:
        return f"{text} The last run was killed; `safelight-server quickstart` goes on with its data."
    return text


def stop(root: Path) -> None:
    """Stop the stack in this directory, and return when all of it is gone.

    Raises:
        NotRunningError: there is none
        QuickstartError: it does not stop
    """
    state = StateDirectory(root)
    record = state.read_run()
    if not state.is_owned() or record is None:
        raise NotRunningError(_why_not_running(state))
    os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while state.is_owned():
        if time.monotonic() > deadline:
            raise QuickstartError(f"process {record.pid} does not stop; its log is {state.log}")
        time.sleep(_POLL_S)
