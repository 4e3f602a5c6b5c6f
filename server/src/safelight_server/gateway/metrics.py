"""What the gateway tells Prometheus."""

from __future__ import annotations

import time
from functools import cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_KNOWN_COMMANDS: Final = frozenset(
    {
        "aggregate",
        "buildinfo",
        "collMod",
        "commitTransaction",
        "abortTransaction",
        "count",
        "createIndexes",
        "delete",
        "distinct",
        "drop",
        "dropIndexes",
        "endSessions",
        "find",
        "findAndModify",
        "getMore",
        "hello",
        "insert",
        "killCursors",
        "listCollections",
        "listIndexes",
        "ping",
        "update",
    }
)
"""What is counted by name; the rest is `other`, or anybody could fill the memory with names."""

CONNECTIONS: Final = Gauge("safelight_gateway_connections", "Open API connections")
COMMANDS: Final = Counter(
    "safelight_gateway_commands", "Commands of clients", ("command", "outcome", "level")
)
REFUSALS: Final = Counter("safelight_gateway_refusals", "Commands that the policy refused", ("rule",))
SECONDS: Final = Histogram(
    "safelight_gateway_command_seconds",
    "Time from a whole request to a whole reply",
    ("command",),
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
RECEIVED: Final = Counter("safelight_gateway_received_bytes", "Bytes of commands, without document sequences")


class CommandMeter:
    """Times one command, as a context, and counts it when there is time for that.

    Args:
        name: of the command
        size: of its body, in bytes

    Attributes:
        level: of the permission that it needed
    """

    __slots__ = ("_began", "_label", "_outcome", "_seconds", "_size", "level")

    def __init__(self, name: str, size: int) -> None:
        self._label = name if name in _KNOWN_COMMANDS else "other"
        self._size = size
        self._outcome = "ok"
        self.level = ""

    def refused(self, rule: str) -> None:
        """The policy refused it."""
        self._outcome = "refused"
        REFUSALS.labels(rule).inc()

    def __enter__(self) -> CommandMeter:  # noqa: PYI034 - nobody derives from it
        self._began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_raised: object) -> None:
        self._seconds = time.perf_counter() - self._began
        if kind is not None:
            self._outcome = "failed"

    def count(self) -> None:
        """Tell Prometheus, once it is over."""
        RECEIVED.inc(self._size)
        _seconds(self._label).observe(self._seconds)
        _commands(self._label, self._outcome, self.level).inc()


# As many as there are labels: looking them up costs more than counting.
_seconds = cache(SECONDS.labels)
_commands = cache(COMMANDS.labels)
