"""The package index, as its own program: `safelight-index serve`."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safelight_server.quickstart.errors import QuickstartError
from safelight_server.quickstart.loopback import open_url
from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.programs import find_program
from safelight_server.quickstart.service import Service

TOKEN_NAME = "quickstart"  # noqa: S105 - what the token is called, not the token
_JSON = "application/vnd.pypi.simple.v1+json"


class IndexServer(Service):
    """A `safelight-index` on the loopback interface.

    Args:
        directory: packages, tokens and log
        port: to listen on when it is free; otherwise another is chosen
    """

    name = "index"

    def __init__(self, directory: Path, port: int | None = None) -> None:
        super().__init__(directory)
        self.port = find_free_port(port)

    @property
    def ports(self) -> Mapping[str, int]:
        return {"index": self.port}

    @property
    def url(self) -> str:
        """Its address, without a token."""
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        return self._index_command("serve", "--host", LOOPBACK, "--port", str(self.port))

    def answers(self) -> bool:
        try:
            with open_url(f"{self.url}/ready"):
                return True
        except OSError:
            return False

    def read_token(self, known: str | None) -> str:
        """A token that may read: the known one while the index accepts it, else a new one."""
        if known and self._accepts(known):
            return known
        return self._call("token", "create", "--name", TOKEN_NAME, "--scope", "read").split()[-1]

    def files(self, project: str, token: str) -> dict[str, str]:
        """SHA-256 by file name of what the index has of a project."""
        try:
            with self._get(f"/simple/{project}/", token) as response:
                listed: list[dict[str, Any]] = json.load(response)["files"]
        except urllib.error.HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP's own number
                return {}
            raise
        return {file["filename"]: file["hashes"]["sha256"] for file in listed}

    def publish(self, wheel: Path) -> None:
        """Put a wheel into the index.

        Raises:
            QuickstartError: the index does not accept it, and why
        """
        self._call("publish", str(wheel))

    def _accepts(self, token: str) -> bool:
        try:
            with self._get("/whoami", token):
                return True
        except urllib.error.HTTPError:
            return False

    def _get(self, path: str, token: str) -> Any:
        basic = base64.b64encode(f"{token}:".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Accept": _JSON}
        return open_url(urllib.request.Request(self.url + path, headers=headers))  # noqa: S310 - loopback http

    def _index_command(self, *arguments: str) -> list[str]:
        return [find_program("safelight-index"), *arguments, "--state-dir", str(self.directory / "state")]

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - a program of ours with arguments of ours
            self._index_command(*arguments), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise QuickstartError(
                f"`safelight-index {arguments[0]}` failed: {(done.stderr or done.stdout).strip()}"
            )
        return done.stdout
