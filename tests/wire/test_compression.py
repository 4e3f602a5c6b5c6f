"""Pieces of the stream inside WebSocket messages."""

from __future__ import annotations

import base64
import bz2
import lzma
import zlib
from contextlib import suppress

import lz4.block
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import WireProtocolError
from safelight.wire.compression import MAX_FRAME_BYTES, PIECE_BYTES, PieceCodec
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS

CODECS = [(name, how) for name in COMPRESSORS for how in TRANSFER_METHODS]


@pytest.mark.parametrize(("compressor", "transfer"), CODECS)
@given(data=st.binary(min_size=1, max_size=3000), times=st.integers(1, 200))
def test_what_is_packed_is_unpacked(compressor: str, transfer: str, data: bytes, times: int) -> None:
    codec = PieceCodec(compressor, transfer)
    frames = list(codec.pack(data * times))
    assert all(len(frame) <= MAX_FRAME_BYTES for frame in frames)
    assert {type(frame) for frame in frames} == {str if transfer == "str" else bytes}
    assert b"".join(codec.unpack(frame) for frame in frames) == data * times


@pytest.mark.parametrize("compressor", COMPRESSORS[:-1])
def test_text_becomes_shorter(compressor: str) -> None:
    (frame,) = PieceCodec(compressor).pack(b"filepath " * 1000)
    assert len(frame) < 2000


BOMB = bytes(64 * PIECE_BYTES)
BOMBS = {
    "lz4": lz4.block.compress(BOMB, store_size=False),
    "zlib": zlib.compress(BOMB),
    "bz2": bz2.compress(BOMB),
    "lzma": lzma.compress(BOMB),
}


@pytest.mark.parametrize("compressor", BOMBS)
def test_a_bomb_does_not_go_off(compressor: str) -> None:
    with pytest.raises(WireProtocolError):
        PieceCodec(compressor).unpack(b"\1" + BOMBS[compressor])


@pytest.mark.parametrize(("compressor", "transfer"), CODECS)
@given(noise=st.binary(max_size=300))
def test_noise_is_a_piece_or_an_error(compressor: str, transfer: str, noise: bytes) -> None:
    codec = PieceCodec(compressor, transfer)
    for frame in (noise, b"\1" + noise, base64.b64encode(noise).decode(), noise.decode("latin-1")):
        with suppress(WireProtocolError):
            assert len(codec.unpack(frame)) <= PIECE_BYTES


@pytest.mark.parametrize(("compressor", "transfer"), [("snappy", "bytes"), ("lz4", "json")])
def test_an_unknown_name_is_refused(compressor: str, transfer: str) -> None:
    with pytest.raises(ValueError, match="there are:"):
        PieceCodec(compressor, transfer)
