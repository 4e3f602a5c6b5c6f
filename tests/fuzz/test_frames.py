"""Mutated frames through the wire protocol, the intake and the policy.

`python -m pytest tests/fuzz -m endurance` sends a million. A frame that failed once is kept in `saved.jsonl`.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from pathlib import Path

import pytest
from bson import ObjectId

from fuzz.mutations import Mutator, frame_of
from fuzz.oracle import problems
from safelight.errors import WireProtocolError
from safelight.wire import messages
from safelight.wire.connection import ServerConnection
from safelight.wire.messages import Message
from safelight_server.authz.access import AccessList
from safelight_server.authz.decision import Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from safelight_server.gateway.intake import take_in
from support.corpus import read_corpus
from support.policy_world import World, somebody

SAVED = Path(__file__).with_name("saved.jsonl")
FORBIDDEN = ObjectId("deadbeefdeadbeefdeadbeef")
BATCH = 10_000


class Target:
    """A collaborator who can view every dataset of the corpus, but not `FORBIDDEN`."""

    def __init__(self) -> None:
        corpus = read_corpus()
        self.seen = sorted({recorded["dataset"] for recorded in corpus})
        lists = {each: AccessList(each, users={"ada": Level.VIEW}) for each in self.seen}
        lists[FORBIDDEN] = AccessList(FORBIDDEN, users={"ada": Level.NO_ACCESS})
        self._world = World(lists)
        self._ada = somebody(Role.COLLABORATOR)
        self.frames = [frame_of(command) for recorded in corpus for command in recorded["commands"]]
        self.outcomes: Counter[str] = Counter()

    def send(self, frame: bytes) -> None:
        """What the gateway does with a frame, up to MongoDB; fails when that is wrong."""
        try:
            requests = list(ServerConnection().receive(frame))
        except WireProtocolError:
            self.outcomes["no message"] += 1
            return
        for message in requests:
            if isinstance(message, Message):
                self._judge(message, frame)

    def _judge(self, message: Message, frame: bytes) -> None:
        try:
            request, envelope = take_in(message, message.command(), self._ada.id)
            decision = self._world.judge(self._ada, request)
            self.outcomes[type(decision).__name__] += 1
            if isinstance(decision, Forward):
                found = problems(decision, FORBIDDEN)
                assert not found, f"{found}: save this frame: {frame.hex()}"
                command = envelope.put_back(decision.body, request.database)
                messages.build(command, sequences=decision.sections)
        except WireProtocolError:
            self.outcomes["no command"] += 1
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(f"{error!r}: save this frame: {frame.hex()}") from error


@pytest.fixture(scope="module")
def target() -> Target:
    return Target()


def run(target: Target, count: int, seed: int) -> None:
    mutator = Mutator(target.frames, [(each, FORBIDDEN) for each in target.seen], seed)
    for _ in range(count):
        target.send(mutator.next())


def test_frames_that_failed_once(target: Target) -> None:
    for line in SAVED.read_text().splitlines():
        target.send(bytes.fromhex(json.loads(line)["frame"]))


def test_recorded_frames_are_judged(target: Target) -> None:
    """Or the mutations would start from nothing."""
    target.outcomes.clear()
    for frame in target.frames:
        target.send(frame)
    assert target.outcomes["Forward"] > len(target.frames) / 4
    assert not target.outcomes["no message"]


def test_mutated_frames(target: Target) -> None:
    target.outcomes.clear()
    run(target, BATCH, seed=1)
    assert all(target.outcomes[each] > BATCH / 100 for each in ("Forward", "Deny", "no message"))


@pytest.mark.endurance
@pytest.mark.timeout(3600)
def test_a_million_mutated_frames(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    run(target, BATCH, seed=2)
    target.outcomes.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for batch in range(100):
        run(target, BATCH, seed=100 + batch)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    with capsys.disabled():
        sys.stdout.write(f"\n1,000,000 frames: {dict(target.outcomes)}; memory +{grown} KiB\n")
    assert grown < 64 * 1024
