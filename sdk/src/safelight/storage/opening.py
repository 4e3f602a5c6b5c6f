"""Things that are made with the first request: clients, sessions, whatever reads credentials."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: How long what could not be made is not tried again: a bulk job fails once, not once per object.
_FAILURE_SECONDS = 5.0


class Opening(Generic[T]):
    """Makes something once, for any number of threads.

    Args:
        make: makes it; may block
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._failure: tuple[Exception, float] | None = None
        self.made: T | None = None
        """The thing, once it is there."""

    def get(self) -> T:
        """The thing; the caller waits until it is made.

        Raises:
            What `make` raised, for some seconds the same without trying again
        """
        with self._lock:
            if self.made is None:
                if self._failure and time.monotonic() < self._failure[1]:
                    raise self._failure[0]
                try:
                    self.made = self._make()
                except Exception as error:  # whatever it is, it goes on to the caller
                    self._failure = error, time.monotonic() + _FAILURE_SECONDS
                    raise
            return self.made
