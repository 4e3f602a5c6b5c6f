"""What can go wrong while the embedded stack starts, runs or stops.

QuickstartError (SafelightError)
├── BinaryNotFoundError     a server's program is not on this machine and could not be fetched
├── ServiceFailedError      a server ended or did not answer in time: which one, and its last log lines
├── AlreadyRunningError     another quickstart owns the state directory
└── NotRunningError         there is no stack in the state directory
"""

from __future__ import annotations

from collections.abc import Sequence

from safelight.errors import SafelightError


class QuickstartError(SafelightError):
    """Root of what the embedded stack raises on purpose."""


class BinaryNotFoundError(QuickstartError):
    """A server's program is not on this machine and could not be fetched."""


class AlreadyRunningError(QuickstartError):
    """Another quickstart owns the state directory."""


class NotRunningError(QuickstartError):
    """There is no running stack in the state directory."""


class ServiceFailedError(QuickstartError):
    """A server ended by itself, or did not answer in time.

    Args:
        service: its name, as `safelight-server status` prints it
        reason: what happened, in a few words
        log_lines: the last lines that it wrote
    """

    def __init__(self, service: str, reason: str, log_lines: Sequence[str] = ()) -> None:
        super().__init__(service, reason, log_lines)
        self.service = service
        self.reason = reason
        self.log_lines = tuple(log_lines)

    def __str__(self) -> str:
        shown = [f"  | {line}" for line in self.log_lines] or ["  | (it wrote nothing)"]
        return "\n".join([f"{self.service} {self.reason}. Its last log lines:", *shown])
