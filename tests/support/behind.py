"""Places of every kind that are reached through a misbehaving proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from safelight.storage import transfer
from safelight.storage.options import RetryOptions
from safelight.storage.uri import ObjectURI
from support.naughty import Naughty
from support.sdk_rigs import RIGS, under
from support.stores import QUICK, Rig

IMPATIENT: Final = replace(QUICK, read_timeout=1, total_timeout=5)
"""Limits under which a silent server is given up soon."""

BODY: Final = bytes(range(256)) * 1000
"""The object's bytes."""

#: The key decides which of these stores' two clients asks.
_KEYS: Final = {"native": "folder/photo.jpg", "sdk": "folder//photo.jpg"}

KINDS: Final = (
    *(f"{store}-{client}" for store in ("s3", "minio", "gcs") for client in _KEYS),
    "http",
    *RIGS,
)
"""Every provider that speaks HTTP."""

CHECKED: Final = tuple(kind for kind in KINDS if kind.startswith(("s3", "minio", "gcs", "azure", "oci")))
"""Those that tell a checksum of an object's bytes."""

WRITABLE: Final = tuple(kind for kind in KINDS if kind != "http")

WRITES: Final = "PUT|POST|PATCH|MKCOL|MOVE"
"""The methods of requests that change something."""


@dataclass(frozen=True)
class Behind:
    """One object behind the proxy.

    Attributes:
        rig: the place
        proxy: before it
        uri: the object
    """

    rig: Rig
    proxy: Naughty
    uri: ObjectURI

    def download(self, target: Path, retry: RetryOptions = IMPATIENT) -> bytes:
        """Fetch the object into a file, as the media cache does."""
        self.rig.run(transfer.download(self.rig.store, self.uri, target, retry))
        return target.read_bytes()

    @contextmanager
    def under(self, retry: RetryOptions) -> Iterator[Behind]:
        """The same under other limits."""
        rig = under(self.rig, replace(self.rig.registry.options, retry=retry), self.proxy.url)
        yield replace(self, rig=rig)
        rig.run(rig.registry.close())


@contextmanager
def put_behind(rig: Rig, proxy: Naughty, kind: str) -> Iterator[Behind]:
    """Make the object in a place whose requests go through the proxy, and close the place in the end."""
    uri = rig.fill(_KEYS.get(kind.rpartition("-")[2], "folder/photo.jpg"), BODY)
    with Behind(rig, proxy, uri).under(IMPATIENT) as behind:
        behind.rig.run(behind.rig.store.head(uri))  # its client is made, and its token fetched
        proxy.behave()
        yield behind
    rig.run(rig.registry.close())
