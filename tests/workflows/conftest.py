"""What workflow tests share: upstream with Safelight in it, a bucket, datasets that go away afterwards."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight import runtime
from safelight.dropin.instrument import instrument
from support.cloud import Cloud, MakeDataset
from support.pictures import make_video
from support.recording_proxy import RecordingProxy, recording_proxy
from support.s3_server import S3Server

# Before any test module imports upstream, as the activation line of the built distribution does.
instrument()
with warnings.catch_warnings():
    # Upstream's and its dependencies' deprecations are not ours to fix.
    warnings.simplefilter("ignore")
    import fiftyone as fo


@pytest.fixture
def cloud(
    s3_environment: S3Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A bucket that this test's process and its children can reach, and an empty media cache."""
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(tmp_path / "cache"))
    runtime.reset()
    yield Cloud(bucket, s3_environment.client(), tmp_path / "cache")
    runtime.reset()


@pytest.fixture
def requests_seen(cloud: Cloud, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingProxy]:
    """Every request that Safelight makes of the store from here on."""
    with recording_proxy(s3.endpoint_url) as proxy:
        monkeypatch.setenv("S3_ENDPOINT_URL", proxy.url)
        runtime.reset()
        yield proxy
        runtime.reset()


@pytest.fixture
def make_dataset() -> Iterator[MakeDataset]:
    """Makes datasets of samples, or of media paths; they are deleted when the test ends."""
    made: list[Any] = []

    def make(samples: Iterable[Any]) -> Any:
        dataset = fo.Dataset()
        made.append(dataset)
        dataset.add_samples(
            [fo.Sample(filepath=sample) if isinstance(sample, str) else sample for sample in samples],
            progress=False,
        )
        return dataset

    yield make
    for dataset in made:
        dataset.delete()


@pytest.fixture(scope="session")
def video_file(session_directory: Path) -> Path:
    """A video of 20 frames of 160 x 120 at 10 frames a second."""
    return make_video(session_directory / "zoom.mp4")
