"""The usual WebSocket frame, taken apart as the `websockets` library puts it together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from safelight.errors import WireProtocolError
from safelight.wire.frames import MOST_HEADER_BYTES, FrameBuffer, message_frame, whole_message

_LONGEST = 70_000

CONTENTS = st.binary(max_size=300) | st.integers(65_530, _LONGEST).map(bytes)
FRAMES = st.builds(
    Frame, st.sampled_from([Opcode.BINARY, Opcode.TEXT, Opcode.CONT]), CONTENTS, st.booleans()
) | st.builds(Frame, st.sampled_from([Opcode.PING, Opcode.PONG, Opcode.CLOSE]), st.binary(max_size=125))


@given(frames=st.lists(FRAMES, max_size=6), masked=st.booleans(), cuts=st.lists(st.integers(0, 80_000)))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    frames: list[Frame], masked: bool, cuts: list[int]
) -> None:
    sent = [frame.serialize(mask=masked) for frame in frames]
    stream, buffer = b"".join(sent), FrameBuffer(_LONGEST + MOST_HEADER_BYTES)
    places = sorted({0, *(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert [frame for piece in pieces for frame in buffer.feed(piece)] == sent


@given(frame=FRAMES, masked=st.booleans(), expected=st.booleans())
def test_only_a_whole_binary_message_is_taken_apart(frame: Frame, masked: bool, expected: bool) -> None:
    message = whole_message(frame.serialize(mask=masked), masked=expected)
    is_usual = frame.opcode is Opcode.BINARY and frame.fin and masked is expected
    assert message == (frame.data if is_usual else None)


@given(message=CONTENTS | st.sampled_from([125, 126, 127, 65_535, 65_536]).map(bytes), masked=st.booleans())
def test_a_message_is_put_into_a_frame_as_the_library_would(message: bytes, masked: bool) -> None:
    frame = message_frame(message, masked=masked)
    assert whole_message(frame, masked=masked) == message
    theirs = Frame(Opcode.BINARY, message).serialize(mask=masked)
    header = len(theirs) - len(message) - 4 * masked
    assert frame[:header] == theirs[:header]
    assert len(frame) == len(theirs)


@pytest.mark.parametrize("byte", [0xC2, 0xA2, 0x92])
def test_a_frame_of_an_extension_is_not_for_us(byte: int) -> None:
    assert whole_message(bytes([byte, 1, 0]), masked=False) is None


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("length", [_LONGEST + 1, 2**63 - 1])
def test_a_frame_that_is_too_long_is_refused_before_it_is_held(length: int, masked: bool) -> None:
    buffer = FrameBuffer(_LONGEST)
    header = b"\x82" + bytes([0x80 * masked + 127]) + length.to_bytes(8, "big")
    with pytest.raises(WireProtocolError, match="70000 are allowed"):
        list(buffer.feed(header))
    assert not list(buffer.feed(b"\x82"))


def test_a_frame_that_is_too_long_is_refused_also_when_all_of_it_is_there() -> None:
    with pytest.raises(WireProtocolError, match="100 are allowed"):
        list(FrameBuffer(100).feed(message_frame(bytes(99), masked=False)))
    assert list(FrameBuffer(101).feed(message_frame(bytes(99), masked=False)))
