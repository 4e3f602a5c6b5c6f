"""SeaweedFS as the S3 store: one process that is master, volume server, filer and S3 gateway.

What was measured with 4.48: an object whose PUT was answered survives SIGKILL of the process (it is in the
operating system's page cache), SIGTERM takes 2 to 3 s, and for some seconds after a restart `/healthz` is
fine while reads of older objects still fail, because the filer does not know its volumes yet. So readiness
here means that a small file written at the first start can be read through the filer.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safelight_server.quickstart.loopback import open_url
from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.programs import find_program
from safelight_server.quickstart.service import Service

_GRPC_DISTANCE = 10_000  # each server also listens this far above its HTTP port
_ROLES = ("s3", "filer", "master", "volume", "admin")
_VOLUMES = 10_000
_CANARY = "/etc/safelight/ready"  # outside /buckets: S3 clients never see it


@dataclass(frozen=True, slots=True)
class Identity:
    """Who may do what, in SeaweedFS's own terms.

    Attributes:
        name: `anonymous` stands for requests without a signature, and has no keys
        actions: e.g. `Admin`, `Read`, `Write:bucket`, `List:bucket`
    """

    name: str
    actions: tuple[str, ...]
    access_key: str = ""
    secret_key: str = ""

    def as_config(self) -> dict[str, Any]:
        """The entry of the S3 configuration file."""
        keys = [{"accessKey": self.access_key, "secretKey": self.secret_key}] if self.access_key else []
        return {"name": self.name, "credentials": keys, "actions": list(self.actions)}


ALL_ACTIONS = ("Admin", "Read", "List", "Tagging", "Write")


class SeaweedFS(Service):
    """An S3 store on the loopback interface.

    Args:
        directory: objects, configuration and log
        identities: who may use it
        bucket: created when it does not exist
        ports: by role, to listen on when they are free; others are chosen for the rest
    """

    name = "seaweedfs"

    def __init__(
        self,
        directory: Path,
        identities: Sequence[Identity],
        ports: Mapping[str, int] | None = None,
        bucket: str | None = None,
    ) -> None:
        super().__init__(directory)
        self._identities = tuple(identities)
        self._bucket = bucket
        self._ports = _choose_ports(ports or {})

    @property
    def ports(self) -> Mapping[str, int]:
        return self._ports

    @property
    def endpoint_url(self) -> str:
        """What `S3_ENDPOINT_URL` takes."""
        return f"http://{LOOPBACK}:{self._ports['s3']}"

    def command(self) -> list[str]:
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        return [
            find_program("weed"),
            f"-logdir={self.directory}",
            "mini",
            f"-dir={data}",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            *(f"-{role}.port={port}" for role, port in self._ports.items()),
            f"-s3.config={self._write_config()}",
            *([f"-bucket={self._bucket}"] if self._bucket else []),
            # Each bucket has volumes of its own, and by default their number is what would fit on the disk if
            # all were full: some dozens, and then new buckets accept nothing. Empty ones take no space.
            f"-volume.max={_VOLUMES}",
            # A missing bucket is an error, as everywhere else.
            "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-admin.ui=false",
            "-webdav=false",
            "-master.telemetry=false",
        ]

    def _write_config(self) -> Path:
        path = self.directory / "s3.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"identities": [who.as_config() for who in self._identities]}))
        return path

    def answers(self) -> bool:
        try:
            with open_url(f"{self.endpoint_url}/healthz"):
                pass
            return self._reads_canary() and self._has_bucket()
        except OSError:
            return False

    def _reads_canary(self) -> bool:
        """Whether stored content can be read; an `OSError` means not yet."""
        url = self._filer_url(_CANARY)
        try:
            with open_url(url) as response:
                return bool(response.read() == b"ready")
        except urllib.error.HTTPError as error:
            if error.code != 404:  # noqa: PLR2004 - HTTP's own number
                raise
        write = urllib.request.Request(url, data=b"ready", method="PUT")  # noqa: S310 - loopback http
        with open_url(write):
            return False

    def _has_bucket(self) -> bool:
        # It is created shortly after the gateway starts to answer.
        if self._bucket:
            with open_url(self._filer_url(f"/buckets/{self._bucket}/?limit=1")):
                pass
        return True

    def _filer_url(self, path: str) -> str:
        return f"http://{LOOPBACK}:{self._ports['filer']}{path}"


def _choose_ports(wanted: Mapping[str, int]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for role in _ROLES:
        port = find_free_port(wanted.get(role), companions=(_GRPC_DISTANCE,))
        while port in chosen.values():
            port = find_free_port(companions=(_GRPC_DISTANCE,))
        chosen[role] = port
    return chosen
