"""Which bytes a request asks for (RFC 9110, 14.1 and 14.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SPEC: Final = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})")


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


class UnsatisfiableRangeError(ValueError):
    """The file has no such part."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Read a Range header.

    Args:
        header: its value; several ranges and other units are ignored, as a server may
        size: length of the file

    Returns:
        the part; None for the whole file

    Raises:
        UnsatisfiableRangeError: the file ends before the part begins
    """
    match = _SPEC.fullmatch((header or "").strip().lower())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        start, stop = max(0, size - int(match["last"])), size
    else:
        start = int(match["first"])
        stop = min(size, int(match["last"]) + 1) if match["last"] else size
        if match["last"] and int(match["last"]) < start:
            return None
    if start >= stop:
        raise UnsatisfiableRangeError(f"bytes */{size}")
    return ByteRange(start, stop, size)
