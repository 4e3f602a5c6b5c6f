"""What the gateway tells Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(slots=True)
class Outcome:
    """What became of one command."""

    outcome: str = "ok"
    level: str = ""

    def refused(self, rule: str) -> None:
        """The policy refused it."""
        self.outcome = "refused"
        REFUSALS.labels(rule).inc()


@contextmanager
def command(name: str, size: int) -> Iterator[Outcome]:
    """Count and time one command."""
    label = name if name in _KNOWN_COMMANDS else "other"
    outcome, began = Outcome(), time.perf_counter()
    RECEIVED.inc(size)
    try:
        yield outcome
    except BaseException:
        outcome.outcome = "failed"
        raise
    finally:
        _seconds(label).observe(time.perf_counter() - began)
        _commands(label, outcome.outcome, outcome.level).inc()


# As many as there are labels: looking them up costs more than counting.
_seconds = cache(SECONDS.labels)
_commands = cache(COMMANDS.labels)
