"""Servers of a supervisor that was killed: ended by the next start, and nobody else is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from safelight_server.quickstart.leftovers import creation_time, stop_leftovers
from safelight_server.quickstart.state import RunRecord


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_a_server_that_was_left_is_ended(sleeper: subprocess.Popen[bytes]) -> None:
    record = RunRecord(1, ready=True, services={"mongod": (sleeper.pid, creation_time(sleeper.pid))})
    assert stop_leftovers(record) == ["mongod"]
    assert creation_time(sleeper.pid) == 0.0


def test_a_process_that_merely_got_the_same_number_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    record = RunRecord(1, ready=True, services={"mongod": (sleeper.pid, creation_time(sleeper.pid) - 3600)})
    assert stop_leftovers(record) == []
    assert sleeper.poll() is None


def test_processes_that_are_gone_are_no_trouble(sleeper: subprocess.Popen[bytes]) -> None:
    created = creation_time(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert stop_leftovers(RunRecord(1, ready=True, services={"mongod": (sleeper.pid, created)})) == []
