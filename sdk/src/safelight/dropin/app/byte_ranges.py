"""Which bytes a request asks for (RFC 9110, 14.1 and 14.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SPEC: Final = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file.

    Attributes:
        start: position of the first byte
        stop: position after the last one
        size: length of the whole file
    """

    start: int
    stop: int
    size: int

    @property
    def content_range(self) -> str:
        """The header of an answer with this part."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


@dataclass(frozen=True, slots=True)
class AskedRange:
    """What a Range header asks for, of a file whose length is not known yet.

    Attributes:
        first: position of the first byte; None: the last bytes, `last` of them
        last: position of the last byte; None: to the end
    """

    first: int | None
    last: int | None

    def within(self, size: int, *, open_end: int | None = None) -> ByteRange:
        """The part of a file of this length.

        Args:
            size: length of the file
            open_end: how many bytes to give at most where no end is asked for; None: all that follow

        Raises:
            UnsatisfiableRangeError: the file has no such part
        """
        if self.first is None:
            start, stop = max(0, size - (self.last or 0)), size
        else:
            start = self.first
            end = start + (open_end or size) if self.last is None else self.last + 1
            stop = min(size, end)
        if start >= stop:
            raise UnsatisfiableRangeError(f"bytes */{size}")
        return ByteRange(start, stop, size)


class UnsatisfiableRangeError(ValueError):
    """The file has no such part."""


def parse_range(header: str | None) -> AskedRange | None:
    """Read a Range header.

    Args:
        header: its value; several ranges and other units are ignored, as a server may

    Returns:
        what it asks for; None for the whole file
    """
    match = _SPEC.fullmatch((header or "").strip().lower())
    if match is None or not (match["first"] or match["last"]):
        return None
    first = int(match["first"]) if match["first"] else None
    last = int(match["last"]) if match["last"] else None
    if first is not None and last is not None and last < first:
        return None
    return AskedRange(first, last)
