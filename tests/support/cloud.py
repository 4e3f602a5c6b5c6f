"""A bucket with media, and a FiftyOne that finds it: what workflow tests start from."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from safelight import runtime
from support.places.place import Place
from support.recording_proxy import RecordingProxy, recording_proxy
from support.s3_server import S3Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


MakeDataset = Callable[[Iterable[Any]], Any]
"""Makes a dataset of samples, or of media paths."""


@dataclass(frozen=True)
class Cloud(Place):
    """A folder of a bucket of S3, for one test: the store makes room for a new bucket only so often.

    Attributes:
        bucket: the bucket's name
        folder: what this test's keys begin with
        client: a boto3 client, for what the test prepares and checks beside the code under test
        cache_dir: where this test's media cache is
    """

    bucket: str
    folder: str
    client: S3Client
    cache_dir: Path

    @property
    def root(self) -> str:
        return f"s3://{self.bucket}/{self.folder}"

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=f"{self.folder}/{key}")["Body"].read()

    def keys(self) -> set[str]:
        prefix = f"{self.folder}/"
        listing = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return {item["Key"].removeprefix(prefix) for item in listing.get("Contents", [])}

    def _write(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"{self.folder}/{key}", Body=body)

    def cached_files(self) -> list[str]:
        """Names of the files in the media cache, sorted."""
        media = self.cache_dir / "media"
        return sorted(
            path.name for path in media.rglob("*") if path.is_file() and not path.name.startswith(".")
        )


@contextmanager
def fresh_cloud(
    server: S3Server, bucket: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A folder of its own in a bucket, an empty media cache, and a runtime that begins with them."""
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_DIR", str(directory / "cache"))
    runtime.reset()
    yield Cloud(bucket, uuid.uuid4().hex[:10], server.client(), directory / "cache")
    runtime.reset()


@contextmanager
def watched(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingProxy]:
    """Every request that Safelight makes of the store from here on."""
    with recording_proxy(server.endpoint_url) as proxy:
        monkeypatch.setenv("S3_ENDPOINT_URL", proxy.url)
        runtime.reset()
        yield proxy
        runtime.reset()


@contextmanager
def new_datasets() -> Iterator[MakeDataset]:
    """Makes datasets of samples, or of media paths; they are deleted afterwards."""
    import fiftyone as fo

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
