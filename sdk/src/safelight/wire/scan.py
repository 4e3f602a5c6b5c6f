"""One value out of BSON, without decoding the rest: a reply may have 16 MiB of samples before it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from safelight.errors import WireProtocolError

_INT32: Final = struct.Struct("<i")
_INT64: Final = struct.Struct("<q")
_DOUBLE: Final = struct.Struct("<d")

_FIXED: Final = {
    0x01: 8,
    0x06: 0,
    0x07: 12,
    0x08: 1,
    0x09: 8,
    0x0A: 0,
    0x10: 4,
    0x11: 8,
    0x12: 8,
    0x13: 16,
    0x7F: 0,
    0xFF: 0,
}
"""Bytes of the types whose values have one length."""

_PREFIXED: Final = {0x02: 4, 0x03: 0, 0x04: 0, 0x05: 5, 0x0C: 16, 0x0D: 4, 0x0E: 4, 0x0F: 0}
"""Bytes beside those that the value's own length counts."""

_STRING: Final = 0x02
_DOCUMENT: Final = 0x03
_REGEX: Final = 0x0B


def find_int(data: bytes | bytearray, *path: str, start: int = 0) -> int | None:
    """The number at a path such as `("cursor", "id")`; None when there is none.

    Args:
        data: holds the document
        path: the keys that lead to the number
        start: where the document begins

    Raises:
        WireProtocolError: the document is not BSON
    """
    try:
        found = _find(data, start, [name.encode() for name in path])
        return None if found is None else _number(data, *found)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise WireProtocolError(f"not a BSON document: {error}") from None


def find_text(data: bytes | bytearray, *path: str, start: int = 0) -> str | None:
    """The string at a path; see `find_int`."""
    try:
        found = _find(data, start, [name.encode() for name in path])
        if found is None or found[0] != _STRING:
            return None
        value = found[1] + 4
        return data[value : value + _INT32.unpack_from(data, found[1])[0] - 1].decode()
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise WireProtocolError(f"not a BSON document: {error}") from None


def _find(document: bytes | bytearray, start: int, path: list[bytes]) -> tuple[int, int] | None:
    for kind, name, value in _elements(document, start):
        if name == path[0]:
            if len(path) == 1:
                return kind, value
            return _find(document, value, path[1:]) if kind == _DOCUMENT else None
    return None


def _elements(document: bytes | bytearray, start: int) -> Iterator[tuple[int, bytes, int]]:
    """Type, name and offset of the value of each element of the document at `start`."""
    end = start + _INT32.unpack_from(document, start)[0] - 1
    if not start < end < len(document):
        raise ValueError("a length that cannot be")
    offset = start + 4
    while offset < end:
        kind = document[offset]
        terminator = document.index(b"\0", offset + 1, end)
        value = terminator + 1
        yield kind, bytes(document[offset + 1 : terminator]), value
        offset = value + _size(document, kind, value, end)


def _size(document: bytes | bytearray, kind: int, value: int, end: int) -> int:
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == _REGEX:
        return document.index(b"\0", document.index(b"\0", value, end) + 1, end) + 1 - value
    length: int = _INT32.unpack_from(document, value)[0]
    if length < 0:
        raise ValueError("a negative length")
    return length + _PREFIXED[kind]


def _number(document: bytes | bytearray, kind: int, value: int) -> int | None:
    if kind == 0x12:  # noqa: PLR2004 - BSON's own codes
        return int(_INT64.unpack_from(document, value)[0])
    if kind == 0x10:  # noqa: PLR2004
        return int(_INT32.unpack_from(document, value)[0])
    if kind == 0x01:
        return int(_DOUBLE.unpack_from(document, value)[0])
    return None
