"""Slow downloads delay nobody."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.index_server import RunningIndex, index_program
from support.index_wheels import make_wheel


@pytest.fixture
def index(tmp_path: Path) -> Iterator[RunningIndex]:
    with index_program(tmp_path / "state", fallback="off") as running:
        noise = random.Random(2).randbytes(8 << 20).hex()
        running.publish(make_wheel(tmp_path, "acme", "1.0", content=f"# {noise}"))
        yield running


def start_slow_download(index: RunningIndex, token: str) -> socket.socket:
    """Ask for a large file and read nothing but the start of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", index.settings.port))
    lines = ["GET /packages/acme-1.0-py3-none-any.whl HTTP/1.1", "Host: x", f"Authorization: Bearer {token}"]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    return connection


def resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def test_eight_stalled_downloads_do_not_delay_a_listing_and_cost_little_memory(index: RunningIndex) -> None:
    assert index.process is not None
    token = index.token()
    with index.client(token) as client, ExitStack() as stack:
        client.get("/simple/acme/")
        before = resident_bytes(index.process.pid)
        for _ in range(8):
            stack.enter_context(start_slow_download(index, token))
        # Stock pypiserver under gunicorn gives no answer in 10 s here; how long ours take shows `make bench`.
        for _ in range(100):
            assert client.get("/simple/acme/", timeout=10).status_code == 200
        assert resident_bytes(index.process.pid) - before < 32 << 20


def test_downloads_that_were_given_up_are_forgotten(index: RunningIndex) -> None:
    assert index.process is not None
    token = index.token()
    descriptors = Path(f"/proc/{index.process.pid}/fd")
    with index.client(token) as client:
        client.get("/whoami")
        before = len(list(descriptors.iterdir()))
        for _ in range(5):
            start_slow_download(index, token).close()
        deadline = time.monotonic() + 10
        while len(list(descriptors.iterdir())) > before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(list(descriptors.iterdir())) == before
