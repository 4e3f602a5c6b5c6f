"""moto in a process of its own: the regions, roles and expiring credentials that SeaweedFS does not have."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.service import Service
from support.serving import serving


class Moto(Service):
    """The server."""

    name = "moto"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._port = find_free_port()

    @property
    def ports(self) -> Mapping[str, int]:
        return {"s3": self._port}

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def command(self) -> list[str]:
        program = "from moto.server import main; main()"
        return [sys.executable, "-c", program, "-H", LOOPBACK, "-p", str(self._port)]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=2):
                return True
        except OSError:
            return False


@contextmanager
def moto_server(directory: Path) -> Iterator[str]:
    """Run the server for the time of a `with` block; its URL."""
    with serving(Moto(directory)) as service:
        yield service.url
