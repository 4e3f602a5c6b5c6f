"""A media cache over a real store, and the objects to put into it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safelight.cache.media_cache import MediaCache
from safelight.cache.options import CacheOptions
from safelight.storage.credentials import Secret
from safelight.storage.options import RetryOptions, StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.s3.options import S3Account, S3Options
from support.s3_server import S3Server


def content_of(name: str, size: int) -> bytes:
    """The content that every process knows an object by this name to have."""
    block = hashlib.sha256(name.encode()).digest()
    return (block * (size // len(block) + 1))[:size]


def storage_options(s3: S3Server, endpoint_url: str | None = None, attempts: int = 3) -> StorageOptions:
    """Options for the test store, or for something in front of it; failures come quickly."""
    account = S3Account(
        access_key_id=Secret(s3.access_key),
        secret_access_key=Secret(s3.secret_key),
        endpoint_url=endpoint_url or s3.endpoint_url,
        region=s3.region,
    )
    retry = RetryOptions(attempts=attempts, first_delay=0.01, longest_delay=0.1, read_timeout=10.0)
    return StorageOptions(retry=retry, s3=S3Options(account=account))


@dataclass
class CacheRig:
    """Objects of one test in a bucket, and caches in front of them.

    Attributes:
        s3: the store
        bucket: a bucket that tests share: SeaweedFS has room for few
        folder: this test's own folder in the bucket
        directory: where caches go
    """

    s3: S3Server
    bucket: str
    folder: str
    directory: Path
    _close: list[Callable[[], None]] = field(default_factory=list)

    def put(self, key: str, content: bytes) -> str:
        """Write an object, and return its address."""
        self.s3.client().put_object(Bucket=self.bucket, Key=f"{self.folder}/{key}", Body=content)
        return self.uri(key)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.s3.client().delete_object(Bucket=self.bucket, Key=f"{self.folder}/{key}")

    def put_many(self, number: int, size: int = 1000) -> list[str]:
        """Write objects `photo-0000.jpg` and so on, each with content of its own."""
        keys = [f"photo-{i:04}.jpg" for i in range(number)]
        return [self.put(key, content_of(key, size)) for key in keys]

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.folder}/{key}"

    def cache(
        self, name: str = "cache", *, endpoint_url: str | None = None, attempts: int = 3, **options: Any
    ) -> MediaCache:
        """Make a cache in a directory of this name; two of one name share it, as two processes would."""
        stores = StoreRegistry(storage_options(self.s3, endpoint_url, attempts))
        portal = Portal()
        cache = MediaCache(CacheOptions(cache_dir=self.directory / name, **options), stores, portal)

        def close() -> None:
            cache.close()
            portal.run(stores.close())
            portal.close()

        self._close.append(close)
        return cache

    def close(self) -> None:
        for close in self._close:
            close()

    def media_files(self, name: str = "cache") -> dict[str, int]:
        """What is in a cache's tree, temporary files included: sizes by path below `media`."""
        media = self.directory / name / "media"
        return {
            str(path.relative_to(media)): path.stat().st_size for path in media.rglob("*") if path.is_file()
        }
