"""The API server, as its own program: `safelight-server serve`."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from safelight.storage.credentials import Secret
from safelight_server.quickstart.loopback import open_url
from safelight_server.quickstart.mongod import Mongod
from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.service import Service
from safelight_server.settings import Settings, variable_of

ADMIN: Final = "admin@localhost"
"""The first admin of a stack: whoever runs it."""


class ApiServer(Service):
    """A `safelight-server serve` on the loopback interface.

    Args:
        directory: its log; what it keeps is in MongoDB
        mongod: must be ready before this server starts
        port: to listen on when it is free; otherwise another is chosen
    """

    name = "api"

    def __init__(self, directory: Path, mongod: Mongod, port: int | None = None) -> None:
        super().__init__(directory)
        self._mongod = mongod
        self.port = find_free_port(port)

    @property
    def ports(self) -> Mapping[str, int]:
        return {"api": self.port}

    @property
    def uri(self) -> str:
        """What `FIFTYONE_API_URI` takes."""
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "safelight_server.cli", "serve", "--port", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, variable_of("mongodb_uri"): self._mongod.uri}

    def answers(self) -> bool:
        try:
            with open_url(f"{self.uri}/ready"):
                return True
        except OSError:
            return False

    def prepare(self) -> None:
        """Make the server's database, once MongoDB is ready.

        Raises:
            ServerError: it cannot be made
        """
        from safelight_server.bootstrap import bootstrap

        asyncio.run(bootstrap(self._settings()))

    def admin_key(self, known: str | None) -> str:
        """An API key of the first admin: the known one while the server accepts it, else a new one."""
        from safelight_server.bootstrap import bootstrap

        if known and self._accepts(known):
            return known
        made = asyncio.run(bootstrap(self._settings(), ADMIN)).admin_key
        if made is None:
            raise AssertionError("a key was asked for")
        return made.reveal()

    def _settings(self) -> Settings:
        return Settings(port=self.port, mongodb_uri=Secret(self._mongod.uri))

    def _accepts(self, key: str) -> bool:
        request = urllib.request.Request(  # noqa: S310 - loopback http
            f"{self.uri}/api/v1/whoami", headers={"Authorization": f"Bearer {key}"}
        )
        try:
            with open_url(request):
                return True
        except urllib.error.HTTPError:
            return False
