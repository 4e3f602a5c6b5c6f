"""One value out of BSON, without decoding the rest: a reply may have 16 MiB of samples before it."""

from __future__ import annotations

import struct
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

_NOTHING: Final = 0x00
"""No type: where the value is not there."""

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
        kind, value = _find(data, start, path)
        return _number(data, kind, value)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise WireProtocolError(f"not a BSON document: {error}") from None


def find_text(data: bytes | bytearray, *path: str, start: int = 0) -> str | None:
    """The string at a path; see `find_int`."""
    try:
        kind, value = _find(data, start, path)
        if kind != _STRING:
            return None
        text = value + 4
        return data[text : text + _INT32.unpack_from(data, value)[0] - 1].decode()
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise WireProtocolError(f"not a BSON document: {error}") from None


def _find(data: bytes | bytearray, start: int, path: tuple[str, ...]) -> tuple[int, int]:
    """Type and offset of the value at a path."""
    kind, value = _DOCUMENT, start
    for name in path:
        if kind != _DOCUMENT:
            return _NOTHING, value
        kind, value = _element(data, value, name.encode() + b"\0")
    return kind, value


def _element(data: bytes | bytearray, start: int, name: bytes) -> tuple[int, int]:
    """Type and offset of the value of one element of the document at `start`."""
    end = start + _INT32.unpack_from(data, start)[0] - 1
    if not start < end < len(data):
        raise ValueError("a length that cannot be")
    offset = start + 4
    while offset < end:
        kind = data[offset]
        if data.startswith(name, offset + 1, end):
            return kind, offset + 1 + len(name)
        value = data.index(b"\0", offset + 1, end) + 1
        offset = value + _size(data, kind, value, end)
    return _NOTHING, end


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
