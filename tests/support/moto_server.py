"""moto in a process of its own: the regions, roles and expiring credentials that SeaweedFS does not have."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from safelight_server.quickstart.ports import find_free_port

_STARTUP_SECONDS = 30.0


@contextmanager
def moto_server(log: Path) -> Iterator[str]:
    """Run the server for the time of a `with` block; its URL."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-c",
        "from moto.server import main; main()",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _wait_until_ready(url, process, log)
            yield url
        finally:
            process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTUP_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/moto-api/", timeout=2):
                return
        except (URLError, TimeoutError, ConnectionError):  # noqa: PERF203 - a poll
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"moto did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.05)
