"""Azurite, the emulator of Azure Storage by its makers, in a process of its own."""

from __future__ import annotations

import base64
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trustme

from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from safelight_server.quickstart.service import Service
from support.node_programs import node_program
from support.serving import serving

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient

ACCOUNT: Final = "photographs"
KEY: Final = base64.b64encode(b"the key of the photographs' account").decode()
OTHER_ACCOUNT: Final = "negatives"
OTHER_KEY: Final = base64.b64encode(b"the key of the negatives' account").decode()


@dataclass(frozen=True)
class Certificate:
    """Of the server, and whom to trust; paths of PEM files."""

    chain: Path
    key: Path
    ca: Path


def make_certificate(directory: Path) -> Certificate:
    """One for this machine, by an authority of its own, in a new directory."""
    directory.mkdir()
    authority = trustme.CA()
    issued = authority.issue_cert(LOOPBACK)
    files = Certificate(directory / "chain.pem", directory / "key.pem", directory / "ca.pem")
    files.chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(files.key)
    authority.cert_pem.write_to_path(files.ca)
    return files


class Azurite(Service):
    """Two storage accounts on the loopback interface, in memory.

    Args:
        directory: for its log
        certificate: to speak https, and to take OAuth tokens
    """

    name = "azurite"

    def __init__(self, directory: Path, certificate: Certificate | None = None) -> None:
        super().__init__(directory)
        self._certificate = certificate
        self._port = find_free_port()

    @property
    def ports(self) -> Mapping[str, int]:
        return {"blob": self._port}

    @property
    def url(self) -> str:
        """Without an account."""
        return f"{'https' if self._certificate else 'http'}://{LOOPBACK}:{self._port}"

    def command(self) -> list[str]:
        oauth = []
        if self._certificate:
            oauth = [
                "--cert",
                f"{self._certificate.chain}",
                "--key",
                f"{self._certificate.key}",
                "--oauth",
                "basic",
            ]
        return [
            *node_program("azurite/dist/src/blob/main.js"),
            *("--blobHost", LOOPBACK, "--blobPort", str(self._port)),
            *("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"),
            *oauth,
        ]

    def environment(self) -> Mapping[str, str]:
        return os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY};{OTHER_ACCOUNT}:{OTHER_KEY}"}

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1):
                return True
        except OSError:
            return False


@dataclass(frozen=True)
class AzureServer:
    """What a test knows about the storage accounts.

    Attributes:
        url: where they are
        ca: PEM file of whom to trust, where it is https
    """

    url: str
    ca: Path | None = None

    @property
    def endpoint(self) -> str:
        """The URL of the first account."""
        return f"{self.url}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.endpoint}"

    @cached_property
    def client(self) -> BlobServiceClient:
        """A client with all rights, for what a test prepares and checks beside the code under test."""
        from azure.core.credentials import AzureNamedKeyCredential
        from azure.storage.blob import BlobServiceClient

        owner = AzureNamedKeyCredential(ACCOUNT, KEY)
        return BlobServiceClient(self.endpoint, owner, connection_verify=str(self.ca) if self.ca else True)


@contextmanager
def azurite(certificate: Certificate | None = None) -> Iterator[AzureServer]:
    """Run the server for the time of a `with` block."""
    with (
        tempfile.TemporaryDirectory(prefix="azurite-") as directory,
        serving(Azurite(Path(directory), certificate)) as service,
    ):
        yield AzureServer(service.url, certificate.ca if certificate else None)
