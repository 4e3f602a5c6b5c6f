"""Run the stack in a process of its own that outlives the one that starts it."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import IO

from safelight_server.quickstart.errors import QuickstartError
from safelight_server.quickstart.launch import Options
from safelight_server.quickstart.stack import Stack
from safelight_server.quickstart.state import StateDirectory

_POLL_S = 0.1


def start_detached(root: Path, options: Options) -> None:
    """Start the stack and return when it is ready, having shown on the way what it says.

    Raises:
        AlreadyRunningError: one runs there
        QuickstartError: it did not become ready: its message has been shown
    """
    state = StateDirectory(root)
    if state.is_owned():
        raise state.already_running()
    state.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    state.log.write_bytes(b"")
    command = [sys.executable, "-m", "safelight_server.cli", "quickstart", "--state-dir", str(state.root)]
    command += replace(options, announce=False).as_arguments()
    with state.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - this program again
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with state.log.open() as said:
        try:
            _follow(state, process, said)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    if options.announce:
        sys.stdout.write(Stack.from_json(state.read_stack()).instructions(str(state.env_sh)))


def _follow(state: StateDirectory, process: subprocess.Popen[bytes], said: IO[str]) -> None:
    while process.poll() is None:
        record = state.read_run()
        is_ready = record is not None and record.pid == process.pid and record.ready
        _show(said)
        if is_ready:
            return
        time.sleep(_POLL_S)
    _show(said)
    raise QuickstartError(
        f"the stack did not start (exit status {process.returncode}); its log is {state.log}"
    )


def _show(said: IO[str]) -> None:
    sys.stdout.write(said.read())
    sys.stdout.flush()
