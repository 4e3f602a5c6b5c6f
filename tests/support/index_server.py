"""The index server on a free loopback port: in this process for speed, or as the program it is."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import uvicorn

from safelight_index.app import create_app
from safelight_index.database import Database
from safelight_index.model import File
from safelight_index.publishing import Publisher, open_publishing
from safelight_index.settings import Settings
from safelight_index.tokens import Scope, TokenStore

OPERATOR = Publisher("tests", may_claim=True)
_DEADLINE = 20.0


@dataclass
class RunningIndex:
    """A server that answers, and its state."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.settings.url

    @property
    def state_dir(self) -> Path:
        """Its state directory."""
        return self.settings.state_dir

    def token(
        self,
        scope: Scope = Scope.READ,
        expires_in: timedelta | None = None,
        name: str = "tester",
        packages: Sequence[str] = (),
    ) -> str:
        """Make a token; return its text."""
        text, _ = TokenStore(Database(self.state_dir)).create(name, scope, expires_in, packages)
        return text.reveal()

    def revoke(self, token: str) -> None:
        """Revoke a token by its text."""
        TokenStore(Database(self.state_dir)).revoke(token.removeprefix("slix_")[:8])

    def publish(self, *paths: Path) -> list[File]:
        """Publish files, as the command line does."""
        publishing = open_publishing(self.state_dir)
        return [publishing.publish_file(path, OPERATOR) for path in paths]

    def yank(self, filename: str, reason: str | None = "broken") -> None:
        """Withdraw a file, as the command line does."""
        open_publishing(self.state_dir).yank(filename, reason)

    def client(self, token: str | None = None) -> httpx.Client:
        """Make a client that sends a token as pip does, and follows no redirect; the caller closes it."""
        # Reading the CA bundle would cost a test more than all else, and these servers speak plain HTTP.
        return httpx.Client(
            base_url=self.url, auth=(token, "") if token else None, timeout=20, verify=False, trust_env=False
        )

    def audit_text(self) -> str:
        """Read the audit log."""
        return (self.state_dir / "audit.jsonl").read_text()


@contextmanager
def index_in_process(state_dir: Path, **options: str) -> Iterator[RunningIndex]:
    """Run the server in a thread of this process.

    Args:
        state_dir: its state
        options: settings by name, as text
    """
    settings = Settings.read({"state_dir": str(state_dir), "port": str(free_port()), **options})
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http="httptools",
        ws="none",
        log_level="error",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the server starts")
    yield RunningIndex(settings)
    server.should_exit = True
    thread.join(_DEADLINE)


@contextmanager
def index_program(state_dir: Path, *arguments: str, **options: str) -> Iterator[RunningIndex]:
    """Run `safelight-index serve`.

    Args:
        state_dir: its state; its output goes to `serve.log` there
        arguments: more arguments
        options: settings by name, as text
    """
    given = {"state_dir": str(state_dir), "port": str(free_port()), **options}
    settings = Settings.read(given)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    state_dir.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "safelight_index", "serve", *flags, *arguments]
    with (state_dir / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    index = RunningIndex(settings, process)
    try:
        wait_until(lambda: _answers(settings.port), "the server answers")
        yield index
    finally:
        process.terminate()
        process.wait(_DEADLINE)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: object, what: str) -> None:
    """Wait for a condition, with a deadline."""
    assert callable(condition)
    deadline = time.monotonic() + _DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited too long until {what}"
        time.sleep(0.02)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
