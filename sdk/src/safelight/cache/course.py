"""The order in which somebody asks for media, as far as it is known: addresses, page by page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final

TOLERANCE: Final = 32
"""So many downloads may have been for nothing, beyond those that were of use, before a course ends."""


class Course:
    """What is due next, what is waiting to be asked for, and whether the guess was any good.

    Not safe for threads by itself: `Prefetcher` holds its lock around every call.

    Args:
        pages: the addresses, in the order in which they will be asked for

    Attributes:
        loading: whether somebody draws the next page just now
        ended: whether nothing more is to be taken
        bytes: how much waits to be asked for
        on_the_way: how many objects are being downloaded that nobody has asked for yet
    """

    def __init__(self, pages: Iterator[Sequence[str]]) -> None:
        self.pages = pages
        self.loading = False
        self.ended = False
        self.bytes = 0
        self.on_the_way = 0
        self._page: Sequence[str] = ()
        self._place: dict[str, int] = {}
        self._next = 0
        # What was taken, in order, with its size; None while it is on its way.
        self._waiting: OrderedDict[str, int | None] = OrderedDict()
        self._used = self._wasted = 0

    @property
    def needs_page(self) -> bool:
        """Whether the next address stands on a page that nobody has asked for yet."""
        return not self.ended and not self.loading and self._next >= len(self._page)

    def turn(self, page: Sequence[str] | None) -> None:
        """Go on with another page; None when there is none."""
        self.loading = False
        if page is None:
            self.ended = True
            return
        self._page, self._next = page, 0
        self._place = {address: place for place, address in reversed(list(enumerate(page)))}

    def take(self) -> str | None:
        """The next address to download; None when this page has no more."""
        while not self.ended and self._next < len(self._page):
            address = self._page[self._next]
            self._next += 1
            if address not in self._waiting:
                self._waiting[address] = None
                self.on_the_way += 1
                return address
        return None

    def arrived(self, address: str, size: int | None) -> None:
        """Note that a download is over; None when it failed."""
        if address in self._waiting:
            self.on_the_way -= 1
            if size is None:
                del self._waiting[address]
                self._waste()
            else:
                self.bytes += size
                self._waiting[address] = size

    def reached(self, address: str) -> bool:
        """Note that somebody asks for an address. Returns whether the course leads past it."""
        if address in self._waiting:
            while self._pass_first() != address:
                self._waste()
            self._used += 1
            return True
        place = self._place.get(address)
        if place is None:
            return False
        if place >= self._next:
            # Whoever asks is faster than the downloads: those that were not begun are none of ours any more.
            self._next = place + 1
            while self._waiting:
                self._pass_first()
                self._waste()
        return True

    def _pass_first(self) -> str:
        address, size = self._waiting.popitem(last=False)
        if size is None:
            self.on_the_way -= 1
        else:
            self.bytes -= size
        return address

    def _waste(self) -> None:
        self._wasted += 1
        self.ended = self.ended or self._wasted > self._used + TOLERANCE
