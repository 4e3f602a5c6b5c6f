"""Downloads of what will be asked for next, while somebody works on what was asked for last.

Whoever knows an order announces it (`follow`); whoever asks for an object says so (`reached`). Between the
two, threads of our own bring what comes next into the media cache, up to a number of bytes that nobody has
asked for yet. An order that nobody keeps to is dropped, after some downloads in vain.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import Final

from safelight.cache.course import Course
from safelight.errors import SafelightError

logger = logging.getLogger(__name__)

_IDLE_SECONDS: Final = 2.0
"""A thread that has had nothing to do for so long ends; others begin when there is something."""

_PATIENCE_SECONDS: Final = 1.0
"""How long the end of the process waits for objects that are just arriving."""

_MEMORY: Final = 8
"""The size that is expected of an object is the mean of about the last so many."""

_COURSES: Final = 8
"""Of more loops than these, the ones that have asked for nothing for the longest time are forgotten."""


class Prefetcher:
    """Brings what is asked for next; safe for threads. Starts nothing before there is something to do.

    Args:
        fetch: brings one object into the cache, in a thread that may wait, and returns its size
        limit: how many bytes may wait to be asked for; 0 for no prefetching at all. One object is always
            brought ahead, however large
        threads: most downloads at a time
    """

    def __init__(self, fetch: Callable[[str], int], *, limit: int, threads: int) -> None:
        self._fetch = fetch
        self._limit = limit
        self._most_threads = threads
        # Until one size is known, one object is taken to fill all the room.
        self._mean: float | None = None
        self._courses: dict[Hashable, Course] = {}
        self._threads: set[threading.Thread] = set()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def enabled(self) -> bool:
        """Whether anything is ever brought ahead."""
        return self._limit > 0

    def follow(self, key: Hashable, pages: Iterator[Sequence[str]]) -> None:
        """Announce an order.

        Args:
            key: tells the orders apart; another one with the same key takes the place of the first
            pages: the addresses, in the order in which they will be asked for. They are drawn in a thread
                of the prefetcher, page by page
        """
        if not self.enabled:
            return
        with self._changed:
            self._courses.pop(key, None)
            while len(self._courses) >= _COURSES:
                del self._courses[next(iter(self._courses))]
            self._courses[key] = Course(pages)
            self._wake()

    def follows(self, key: Hashable) -> bool:
        """Whether an order is known, and goes on."""
        course = self._courses.get(key)
        return course is not None and not course.ended

    def leave(self, key: Hashable) -> None:
        """Forget an order, if it is known."""
        if key in self._courses:
            with self._changed:
                self._courses.pop(key, None)

    def reached(self, address: str) -> bool:
        """Say that somebody asks for an object. Returns whether it lies on an order that is known."""
        if not self._courses:
            return False
        with self._changed:
            for key, course in self._courses.items():
                if course.reached(address):
                    self._courses[key] = self._courses.pop(key)
                    self._wake()
                    return True
        return False

    def close(self) -> None:
        """Begin nothing more, and wait a short time for what is just arriving."""
        with self._changed:
            self._closed = True
            self._courses.clear()
            self._changed.notify_all()
            threads = tuple(self._threads)
        give_up = time.monotonic() + _PATIENCE_SECONDS
        for thread in threads:
            thread.join(max(0.0, give_up - time.monotonic()))

    def _wake(self) -> None:
        """Have threads look for something to do; the lock is held."""
        self._changed.notify_all()
        while not self._closed and len(self._threads) < self._most_threads:
            # Daemons: a store that does not answer must not keep the process from ending.
            thread = threading.Thread(target=self._work, name="safelight-prefetch", daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work(self) -> None:
        try:
            while (task := self._wait_for_task()) is not None:
                task()
        finally:
            with self._changed:
                self._threads.discard(threading.current_thread())

    def _wait_for_task(self) -> Callable[[], None] | None:
        """What a thread does next; None when it is to end."""
        give_up = time.monotonic() + _IDLE_SECONDS
        with self._changed:
            while not self._closed:
                if (task := self._task()) is not None:
                    return task
                patience = give_up - time.monotonic()
                if patience <= 0:
                    return None
                self._changed.wait(patience)
        return None

    def _task(self) -> Callable[[], None] | None:
        # The order that was asked for last is the most urgent one.
        for course in reversed(self._courses.values()):
            if course.needs_page:
                course.loading = True
                return partial(self._turn, course)
            if self._has_room() and (address := course.take()) is not None:
                return partial(self._bring, course, address)
        return None

    def _has_room(self) -> bool:
        courses = self._courses.values()
        waiting = sum(course.bytes for course in courses)
        on_the_way = sum(course.on_the_way for course in courses)
        expected = waiting + (on_the_way + 1) * (self._limit if self._mean is None else self._mean)
        return expected <= self._limit or not (waiting or on_the_way)

    def _turn(self, course: Course) -> None:
        page: Sequence[str] | None = None
        try:
            page = next(course.pages, None)
        except Exception as error:  # noqa: BLE001 - a database that cannot be asked must not disturb the loop
            logger.debug("it cannot be known what comes next: %s", error)
        with self._changed:
            course.turn(page)
            self._changed.notify_all()

    def _bring(self, course: Course, address: str) -> None:
        size: int | None = None
        try:
            size = self._fetch(address)
        except SafelightError as error:  # whoever asks for it gets the error
            logger.debug("not brought ahead: %s", error)
        with self._changed:
            if size is not None:
                mean = size if self._mean is None else self._mean
                self._mean = mean + (size - mean) / _MEMORY
            course.arrived(address, size)
            self._changed.notify_all()
