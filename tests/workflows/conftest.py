"""What workflow tests share: upstream with Safelight in it, a bucket, datasets that go away afterwards."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from safelight.dropin.instrument import instrument
from support.cloud import Cloud, MakeDataset, fresh_cloud, new_datasets, watched
from support.pictures import make_video
from support.places.place import Place
from support.places.providers import PROVIDERS, Providers, place_at
from support.recording_proxy import RecordingProxy
from support.s3_server import S3Server
from support.workers import runs_tests


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Import upstream, and connect it, once the session's environment is ready.

    Deprecations inside upstream and its dependencies are not ours to fix.
    """
    if not runs_tests(config):
        return
    instrument()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("fiftyone.brain")
        importlib.import_module("fiftyone.server.routes.media")
        importlib.import_module("fiftyone").list_datasets()


@pytest.fixture(scope="session")
def media_bucket(s3: S3Server) -> str:
    """A bucket that all workflow tests share."""
    return s3.new_bucket("media")


@pytest.fixture
def cloud(
    s3_environment: S3Server, media_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A folder in a bucket that this test's process and its children can reach, and an empty media cache."""
    with fresh_cloud(s3_environment, media_bucket, tmp_path, monkeypatch) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def providers(request: pytest.FixtureRequest, session_directory: Path) -> Iterator[Providers]:
    """Every provider of the matrix, as far as tests asked for it."""
    with ExitStack() as stack:
        yield Providers(stack, session_directory, lambda: request.getfixturevalue("s3"))


@pytest.fixture(params=PROVIDERS)
def any_cloud(
    request: pytest.FixtureRequest, providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """A folder at each provider that this test's process and its children can reach, and an empty cache."""
    with place_at(providers.get(request.param), tmp_path, monkeypatch) as place:
        yield place


@pytest.fixture
def requests_seen(cloud: Cloud, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingProxy]:
    """Every request that Safelight makes of the store from here on."""
    with watched(s3, monkeypatch) as proxy:
        yield proxy


@pytest.fixture
def make_dataset() -> Iterator[MakeDataset]:
    """Makes datasets of samples, or of media paths; they are deleted when the test ends."""
    with new_datasets() as make:
        yield make


@pytest.fixture(scope="session")
def video_file(session_directory: Path) -> Path:
    """A video of 20 frames of 160 x 120 at 10 frames a second."""
    return make_video(session_directory / "zoom.mp4")
