"""CRC-32C, for the optional checksum of OP_MSG.

No driver sends it (TLS and WebSocket make it superfluous), but the protocol allows it, and what is there has
to be right. In Python it costs a tenth of a microsecond for each byte, hence the limit.
"""

from __future__ import annotations

from typing import Final

CHECKED_BYTES: Final = 64 * 1024
"""Longest message whose checksum is verified; longer ones have to come without."""

_POLYNOMIAL: Final = 0x82F63B78


def _table() -> tuple[int, ...]:
    values = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)  # noqa: PLW2901 - the register itself
        values.append(value)
    return tuple(values)


_TABLE: Final = _table()


def crc32c(data: bytes) -> int:
    """The checksum of `data`, as an unsigned number of 32 bits."""
    register = 0xFFFFFFFF
    for byte in data:
        register = _TABLE[(register ^ byte) & 0xFF] ^ (register >> 8)
    return register ^ 0xFFFFFFFF
