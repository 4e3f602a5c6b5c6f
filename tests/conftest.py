"""What every test shares: a clean environment, no way out of this machine, and real servers on free ports.

A session has one MongoDB (`FIFTYONE_DATABASE_URI` points at it from the start, so that test modules may
simply `import fiftyone`) and, when a test asks for it, one S3 store. With `pytest -n` each process has its
own session: they share nothing but the machine.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pytest
from hypothesis import HealthCheck, settings

from safelight_server.quickstart.mongod import Mongod
from safelight_server.quickstart.mongod_binary import default_cache_directory, find_mongod
from support.environment import isolate
from support.network import forbid_outside_connections
from support.s3_server import S3Server, start_s3_server
from support.workers import runs_tests

# How long an example takes says more about what else this machine is doing.
settings.register_profile("safelight", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("safelight")

_SLOW = {"drift": 1, "e2e": 2, "soak": 3}
_SESSION = pytest.StashKey["_Session"]()


@dataclass
class _Session:
    directory: Path
    mongod: Mongod


@dataclass(frozen=True)
class MongoDB:
    """What a test knows about the database server.

    Attributes:
        uri: what `FIFTYONE_DATABASE_URI` takes
    """

    uri: str

    def client(self) -> pymongo.MongoClient[dict[str, Any]]:
        """A new client; the caller closes it."""
        return pymongo.MongoClient(self.uri)


def pytest_configure(config: pytest.Config) -> None:
    """Before any test module is imported: upstream reads its settings and connects when it is imported."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background jobs ignore Ctrl-C, and so would every process that the tests interrupt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.collectonly or config.option.help or not runs_tests(config):
        return
    binary = find_mongod(default_cache_directory())
    directory = Path(tempfile.mkdtemp(prefix="safelight-tests-"))
    isolate(directory / "home")
    (directory / "home").mkdir()
    mongod = Mongod(directory / "mongod", binary=binary)
    config.stash[_SESSION] = _Session(directory, mongod)
    mongod.start()
    mongod.wait_until_ready()
    os.environ["FIFTYONE_DATABASE_URI"] = mongod.uri


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers of the session and delete what they wrote."""
    session = config.stash.get(_SESSION, None)
    if session:
        session.mongod.kill()
        shutil.rmtree(session.directory, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is quick first: a mistake should not take minutes to show.

    Of several processes the first begins with what is slow, so that nobody waits for it in the end; the
    others, and whoever has nothing left to do, run what is quick.
    """

    def slowness(item: pytest.Item) -> int:
        return max((_SLOW[mark.name] for mark in item.iter_markers() if mark.name in _SLOW), default=0)

    items.sort(key=slowness, reverse=hasattr(config, "workerinput"))


@pytest.fixture(scope="session")
def session_directory(pytestconfig: pytest.Config) -> Path:
    """A directory that is deleted when the session ends; `home/` in it is everybody's HOME."""
    return pytestconfig.stash[_SESSION].directory


@pytest.fixture(autouse=True)
def _clean_environment() -> Iterator[None]:
    """Each test starts from the session's environment, whatever the one before it set."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_outside_connections(monkeypatch)


@pytest.fixture(scope="session")
def mongodb(pytestconfig: pytest.Config) -> MongoDB:
    """The session's MongoDB: a replica set of one node, empty at the start."""
    return MongoDB(pytestconfig.stash[_SESSION].mongod.uri)


@pytest.fixture(scope="session")
def s3(session_directory: Path) -> Iterator[S3Server]:
    """The session's S3 store."""
    server = start_s3_server(session_directory / "s3")
    yield server
    if server.service:
        server.service.kill()


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """The name of a new, empty bucket."""
    return s3.new_bucket()


@pytest.fixture
def s3_environment(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """This test acts as a user whose environment names the S3 store and its credentials."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3
