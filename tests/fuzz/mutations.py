"""Frames that are almost what a driver sends."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

import bson
from bson import ObjectId

from safelight.wire import messages

_INTERESTING = (0, 1, 4, 5, 0x7F, 0x80, 0xFF)
_LENGTHS = (-1, 0, 4, 5, 21, 2**24, 2**31 - 1)
_NAMES = (b"$where", b"$function", b"$out", b"$merge", b"$lookup", b"$unionWith", b"$graphLookup", b"$db")
_SMALLEST = 21
_SEQUENCES = {"insert": "documents", "update": "updates", "delete": "deletes"}

Mutation = Callable[[random.Random, bytes], bytes]


def frame_of(command: dict[str, Any]) -> bytes:
    """A command as drivers send it, bulk documents as a sequence."""
    body = {"$db": "fiftyone", **command}
    body = {**{key: value for key, value in body.items() if key != "$db"}, "$db": body["$db"]}
    sequence = _SEQUENCES.get(next(iter(body)))
    sequences = {sequence: body.pop(sequence)} if sequence in body else {}
    return messages.build(body, request_id=1, sequences=sequences)


class Mutator:
    """Makes new frames from recorded ones.

    Args:
        frames: what a driver sends
        swaps: ids to put in the place of each other
        seed: the same seed makes the same frames
    """

    def __init__(
        self, frames: Sequence[bytes], swaps: Sequence[tuple[ObjectId, ObjectId]], seed: int
    ) -> None:
        self._frames = frames
        self._swaps = swaps
        self._random = random.Random(seed)
        self._mutations: tuple[Mutation, ...] = (
            _flip,
            _set_byte,
            _set_length,
            _delete,
            _double,
            self._splice,
            self._swap,
            self._rename,
            self._embed,
        )

    def next(self) -> bytes:
        """One frame, with one to four changes; its header tells its true length, mostly."""
        frame = self._random.choice(self._frames)
        for _ in range(self._random.randint(1, 4)):
            if len(frame) > _SMALLEST:
                frame = self._random.choice(self._mutations)(self._random, frame)
        if self._random.random() < 0.95:
            frame = struct.pack("<i", len(frame)) + frame[4:]
        return frame

    def _splice(self, chance: random.Random, frame: bytes) -> bytes:
        other = chance.choice(self._frames)
        return frame[: chance.randrange(16, len(frame) + 1)] + other[chance.randrange(16, len(other)) :]

    def _swap(self, chance: random.Random, frame: bytes) -> bytes:
        old, new = chance.choice(self._swaps)
        frame = frame.replace(str(old).encode(), str(new).encode())
        return frame.replace(old.binary, new.binary) if chance.random() < 0.5 else frame

    def _rename(self, chance: random.Random, frame: bytes) -> bytes:
        name, stages = chance.choice(_NAMES), [part for part in _NAMES if part in frame]
        return frame.replace(chance.choice(stages), name) if stages else frame

    def _embed(self, chance: random.Random, frame: bytes) -> bytes:
        """The body, with one element taken from another body: a doubled key, or one more argument."""
        try:
            message = messages.parse(frame)
            other = messages.parse(chance.choice(self._frames))
            own, taken = bson.decode(message.body), bson.decode(other.body)
        except (ValueError, bson.errors.InvalidBSON):
            return frame
        if not taken:
            return frame
        name = chance.choice(list(taken))
        key = chance.choice([name, *own]) if own else name
        added = bson.encode({key: taken[name]})[4:-1]
        body = message.body[4:-1] + added
        return messages.build(
            struct.pack("<i", len(body) + 5) + body + b"\0", request_id=1, sequences=message.sequences
        )


def _flip(chance: random.Random, frame: bytes) -> bytes:
    place = chance.randrange(4, len(frame))
    return frame[:place] + bytes([frame[place] ^ (1 << chance.randrange(8))]) + frame[place + 1 :]


def _set_byte(chance: random.Random, frame: bytes) -> bytes:
    place = chance.randrange(4, len(frame))
    return frame[:place] + bytes([chance.choice(_INTERESTING)]) + frame[place + 1 :]


def _set_length(chance: random.Random, frame: bytes) -> bytes:
    place = chance.randrange(4, max(5, len(frame) - 4))
    return frame[:place] + struct.pack("<i", chance.choice(_LENGTHS)) + frame[place + 4 :]


def _delete(chance: random.Random, frame: bytes) -> bytes:
    place = chance.randrange(16, len(frame))
    return frame[:place] + frame[place + chance.randint(1, 16) :] or frame


def _double(chance: random.Random, frame: bytes) -> bytes:
    place = chance.randrange(16, len(frame))
    end = min(len(frame), place + chance.randint(1, 64))
    return frame[:end] + frame[place:end] + frame[end:]
