"""What a forked child must make for itself: connections, threads, event loops, leases."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_all: Final[WeakSet[PerProcess[Any]]] = WeakSet()

#: What came through a fork: closing or collecting it would touch threads that are not here.
_inherited: Final[list[Any]] = []


class PerProcess(Generic[T]):
    """A value that is made when it is first needed, once in each process.

    A forked child starts with none. What the parent had is neither used nor closed there.

    Args:
        make: makes it
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._value: T | None = None
        _all.add(self)

    def get(self) -> T:
        """This process's value."""
        value = self._value
        if value is None:
            with self._lock:
                value = self._value
                if value is None:
                    value = self._value = self._make()
        return value

    def peek(self) -> T | None:
        """This process's value if it was made already."""
        return self._value

    def take(self) -> T | None:
        """As `peek`; the next `get` makes another one."""
        with self._lock:
            value, self._value = self._value, None
            return value

    def _start_afresh(self) -> None:
        # A thread that is not here may have held the lock at the fork.
        self._lock = threading.Lock()
        if self._value is not None:
            _inherited.append(self._value)
            self._value = None


def _after_fork_in_child() -> None:
    for own in _all:
        own._start_afresh()  # noqa: SLF001 - the other half of the class


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork_in_child)
