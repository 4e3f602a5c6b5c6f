"""File operations on a real object store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from safelight import runtime
from safelight.files import Files
from support.cloud import Cloud, fresh_cloud, watched
from support.recording_proxy import RecordingProxy
from support.s3_server import S3Server


@pytest.fixture(scope="session")
def files_bucket(s3: S3Server) -> str:
    """A bucket that all these tests share: the store makes room for a new one only so often."""
    return s3.new_bucket("files")


@pytest.fixture
def cloud(
    s3_environment: S3Server, files_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A folder in a bucket that this process can reach, and an empty media cache."""
    with fresh_cloud(s3_environment, files_bucket, tmp_path, monkeypatch) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def strict_server() -> Iterator[S3Server]:
    """A store that keeps keys apart as S3 does; SeaweedFS takes them for paths and merges slashes."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield S3Server(endpoint_url=f"http://{host}:{port}")
    server.stop()


@pytest.fixture
def strict_cloud(strict_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """As `cloud`, in a store that keeps keys as they are."""
    for name, value in strict_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(tmp_path / "cache"))
    runtime.reset()
    yield Cloud(strict_server.new_bucket(), "folder", strict_server.client(), tmp_path / "cache")
    runtime.reset()


@pytest.fixture
def files(cloud: Cloud) -> Files:
    return runtime.get_runtime().files


@pytest.fixture
def requests_seen(cloud: Cloud, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingProxy]:
    """Every request that is made of the store from here on."""
    with watched(s3, monkeypatch) as proxy:
        yield proxy
