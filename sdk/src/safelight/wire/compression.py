"""How the stream travels through the WebSocket: the settings `api_compressor` and `api_transfer_method`.

It is cut into pieces of at most `PIECE_BYTES`, and each piece is compressed for itself. So a piece never
becomes longer than that when it is unpacked, whatever somebody sends, and a slow link carries small frames
between which keep-alive has room.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from safelight.errors import WireProtocolError
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS

PIECE_BYTES: Final = 128 * 1024
"""Most bytes of the stream in one WebSocket message."""

MAX_FRAME_BYTES: Final = 4 * (PIECE_BYTES // 3 + 1) + 64
"""Longest WebSocket message that can be right: a whole piece, not compressible, as base64."""

_WORTHWHILE: Final = 4096
"""Shorter pieces are sent as they are: most commands are."""

_PLAIN, _PACKED = b"\0", b"\1"

Buffer: TypeAlias = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class _Compressor:
    pack: Callable[[Buffer], bytes]
    unpack: Callable[[bytes], bytes]


class PieceCodec:
    """Packs and unpacks pieces for one connection; both ends have agreed on its two names.

    Args:
        compressor: one of `COMPRESSORS`
        transfer: one of `TRANSFER_METHODS`

    Raises:
        ValueError: another name
    """

    def __init__(self, compressor: str, transfer: str = "bytes") -> None:
        if compressor not in COMPRESSORS:
            raise ValueError(f"{compressor!r} is no compressor; there are: {', '.join(COMPRESSORS)}")
        if transfer not in TRANSFER_METHODS:
            raise ValueError(f"{transfer!r} is no transfer method; there are: {', '.join(TRANSFER_METHODS)}")
        self._compressor = None if compressor == "none" else _compressor(compressor)
        self._as_text = transfer == "str"

    def pack(self, data: Buffer) -> Iterator[Buffer | str]:
        """Yield the WebSocket messages that carry `data`, binary or text."""
        if len(data) <= PIECE_BYTES:
            yield self._pack_piece(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), PIECE_BYTES):
            yield self._pack_piece(view[start : start + PIECE_BYTES])

    def unpack(self, frame: Buffer | str) -> bytes:
        """The piece in one WebSocket message.

        Raises:
            WireProtocolError: it is not what `pack` makes
        """
        if isinstance(frame, str) is not self._as_text:
            raise WireProtocolError("text instead of bytes, or bytes instead of text")
        data = _from_text(frame) if isinstance(frame, str) else bytes(frame)
        if self._compressor is None:
            piece = data
        elif data[:1] == _PACKED:
            piece = self._compressor.unpack(data[1:])
        elif data[:1] == _PLAIN:
            piece = data[1:]
        else:
            raise WireProtocolError("a piece that does not say whether it is compressed")
        if len(piece) > PIECE_BYTES:
            raise WireProtocolError(f"a piece of more than {PIECE_BYTES} bytes")
        return piece

    def _pack_piece(self, piece: Buffer) -> Buffer | str:
        if self._compressor is not None:
            piece = _marked(self._compressor, piece)
        return base64.b64encode(piece).decode("ascii") if self._as_text else piece


def _marked(compressor: _Compressor, piece: Buffer) -> bytes:
    if len(piece) >= _WORTHWHILE:
        packed = compressor.pack(piece)
        if len(packed) < len(piece):
            return _PACKED + packed
    return b"".join((_PLAIN, piece))


def _from_text(frame: str) -> bytes:
    try:
        return base64.b64decode(frame, validate=True)
    except (binascii.Error, ValueError):
        raise WireProtocolError("text that is not base64") from None


def _compressor(name: str) -> _Compressor:
    if name == "lz4":
        from lz4.block import LZ4BlockError, compress, decompress

        return _Compressor(
            pack=lambda data: bytes(compress(data, store_size=False)),
            unpack=_refusing(
                lambda data: bytes(decompress(data, uncompressed_size=PIECE_BYTES)), LZ4BlockError
            ),
        )
    if name == "zlib":
        return _Compressor(
            pack=lambda data: zlib.compress(data, 1),
            unpack=_refusing(lambda data: zlib.decompressobj().decompress(data, PIECE_BYTES + 1), zlib.error),
        )
    if name == "bz2":
        return _Compressor(
            pack=lambda data: bz2.compress(data, 1),
            unpack=_refusing(lambda data: bz2.BZ2Decompressor().decompress(data, PIECE_BYTES + 1), OSError),
        )
    return _Compressor(
        pack=lambda data: lzma.compress(data, preset=0),
        unpack=_refusing(
            lambda data: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY).decompress(data, PIECE_BYTES + 1),
            lzma.LZMAError,
        ),
    )


_LZMA_MEMORY: Final = 16 * 1024 * 1024
"""What a stream of our preset needs, and no dictionary of gigabytes."""


def _refusing(unpack: Callable[[bytes], bytes], failure: type[Exception]) -> Callable[[bytes], bytes]:
    def checked(data: bytes) -> bytes:
        try:
            return unpack(data)
        except (failure, ValueError, EOFError) as error:
            raise WireProtocolError(f"a piece that cannot be unpacked: {error}") from None

    return checked
