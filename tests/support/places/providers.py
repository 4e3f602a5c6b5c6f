"""The providers that workflows are tried on: a real server of each, behind a proxy that counts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from safelight import runtime
from support.azurite import ACCOUNT, KEY, azurite
from support.cloud import Cloud
from support.gcs.place import gcs_place
from support.places.azure import ALIAS, AzureFolder
from support.places.gcs import GCSFolder
from support.places.place import Place
from support.places.traffic import Classify, classify_azure, classify_gcs, classify_s3
from support.recording_proxy import RecordingProxy, recording_proxy
from support.s3_server import S3Server

PROVIDERS: Final = ("s3", "gcs", "azure")
"""By name, in the order of the matrix."""


@dataclass(frozen=True)
class Provider:
    """A running store.

    Attributes:
        name: as in addresses and on the page of the matrix
        proxy: stands in front of the store; only what users' processes do goes through it
        environment: the variables with which a user's process finds the proxy
        classify: says what kind of request one of the proxy's is
        new_place: makes a folder; takes the directory of the media cache that goes with it
    """

    name: str
    proxy: RecordingProxy
    environment: Mapping[str, str]
    classify: Classify
    new_place: Callable[[Path], Place]


@contextmanager
def s3_provider(server: S3Server) -> Iterator[Provider]:
    """SeaweedFS."""
    bucket = server.new_bucket("media")
    with recording_proxy(server.endpoint_url) as proxy:
        environment = server.environment | {"S3_ENDPOINT_URL": proxy.url}
        yield Provider(
            "s3",
            proxy,
            environment,
            classify_s3,
            lambda cache: Cloud(bucket, _new_folder(), server.client(), cache),
        )


@contextmanager
def gcs_provider(directory: Path) -> Iterator[Provider]:
    """fake-gcs-server, behind the server that checks tokens."""
    with gcs_place(directory) as gcs, recording_proxy(gcs.front.url) as proxy:
        config = directory / "media-cache.json"
        endpoint = {"client_options": {"api_endpoint": proxy.url}}
        config.write_text(json.dumps({"extra_client_kwargs": {"gcs": endpoint}}))
        environment = {
            "GOOGLE_APPLICATION_CREDENTIALS": gcs.credentials_file(),
            "FIFTYONE_MEDIA_CACHE_CONFIG_PATH": str(config),
        }
        bucket = gcs.client.bucket(gcs.new_bucket())
        yield Provider("gcs", proxy, environment, classify_gcs, lambda _: GCSFolder(bucket, _new_folder()))


@contextmanager
def azure_provider() -> Iterator[Provider]:
    """Azurite, addressed by an alias of the account."""
    with azurite() as server, recording_proxy(server.url) as proxy:
        environment = {
            "AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "AZURE_STORAGE_KEY": KEY,
            "AZURE_STORAGE_ACCOUNT_URL": f"{proxy.url}/{ACCOUNT}",
            "AZURE_ALIAS": ALIAS,
        }
        container = server.client.create_container(f"media-{uuid.uuid4().hex[:10]}")
        yield Provider(
            "azure", proxy, environment, classify_azure, lambda _: AzureFolder(container, _new_folder())
        )


def _new_folder() -> str:
    return uuid.uuid4().hex[:10]


@dataclass(frozen=True)
class Providers:
    """The providers of a session, each started when it is first wanted.

    Attributes:
        stack: ends them
        directory: for what they write
        s3_server: starts the S3 store, or gives the one that runs
    """

    stack: ExitStack
    directory: Path
    s3_server: Callable[[], S3Server]
    started: dict[str, Provider] = field(default_factory=dict)

    def get(self, name: str) -> Provider:
        """A provider of `PROVIDERS`."""
        if name not in self.started:
            self.started[name] = self.stack.enter_context(self._start(name))
        return self.started[name]

    def _start(self, name: str) -> AbstractContextManager[Provider]:
        if name == "gcs":
            return gcs_provider(self.directory / "media-gcs")
        return azure_provider() if name == "azure" else s3_provider(self.s3_server())


@contextmanager
def place_at(provider: Provider, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A folder that this process and its children can reach, an empty cache, nothing counted yet."""
    with monkeypatch.context() as patch:
        for name, value in provider.environment.items():
            patch.setenv(name, value)
        patch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(directory / "cache"))
        runtime.reset()
        provider.proxy.requests.clear()
        yield provider.new_place(directory / "cache")
        runtime.reset()
