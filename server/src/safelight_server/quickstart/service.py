"""One server process of the stack: started, polled until ready, stopped, reported by its last words."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from safelight_server.quickstart.errors import ServiceFailedError

LOG_LINES_SHOWN = 12
_LONGEST_LINE = 400
_POLL_S = 0.05


def wrap_to_die_with_parent(command: list[str]) -> list[str]:
    """The same command, ended by the kernel when its parent dies, where the system can do that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else command


class Service(ABC):
    """A server that owns one directory and some loopback ports.

    Args:
        directory: its data, configuration and log; created when missing, and enough to start again with the
            same content
    """

    name: ClassVar[str]
    """What messages call it."""

    stop_timeout_s: ClassVar[float] = 10.0
    """How long a polite request to stop may take before the process is killed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log_path = directory / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def ports(self) -> Mapping[str, int]:
        """Loopback ports it listens on, by role."""

    @abstractmethod
    def command(self) -> list[str]:
        """What to run; called once per start, after the directory exists. May write configuration."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves requests now. Must return within a second or two, and never raise."""

    def environment(self) -> Mapping[str, str] | None:
        """Environment of the process; None: that of the caller."""
        return None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """Exit code once it ended (negative: the signal's number); None while it runs or before it ran."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process without waiting for it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = wrap_to_die_with_parent(self.command())
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program of ours with arguments of ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=self.environment(),
                # Ctrl-C in the terminal is for the supervisor, which stops its servers in order.
                start_new_session=True,
            )

    def wait_until_ready(self, timeout_s: float = 60.0) -> None:
        """Return once it serves requests.

        Raises:
            ServiceFailedError: it ended, or did not answer within `timeout_s` seconds
        """
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            self.check()
            if time.monotonic() > deadline:
                raise self.failure(f"did not answer within {timeout_s:.0f} s")
            time.sleep(_POLL_S)
        # A stranger on the same port may have answered for a process that is already dead.
        self.check()

    def check(self) -> None:
        """Raise `ServiceFailedError` when the process has ended."""
        code = self.exit_code
        if code is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise self.failure(how)

    def failure(self, reason: str) -> ServiceFailedError:
        """The error that says what happened to this service, with its last log lines."""
        return ServiceFailedError(self.name, reason, self.last_log_lines())

    def last_log_lines(self, count: int = LOG_LINES_SHOWN) -> list[str]:
        """The last lines that the process wrote, oldest first."""
        if not self.log_path.exists():
            return []
        with self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - count * _LONGEST_LINE * 2))
            lines = log.read().decode(errors="replace").splitlines()
        return [line[:_LONGEST_LINE] for line in lines[-count:]]

    def stop(self) -> None:
        """Stop the process, politely first, and return when it is gone. Does nothing when it does not run."""
        self.ask_to_stop()
        self.wait_until_stopped()

    def ask_to_stop(self) -> None:
        """Ask the process to stop, without waiting."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait_until_stopped(self) -> None:
        """Return when the process is gone; a few seconds after it was asked to, it is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process at once, and return when it is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
