"""The one protocol behind which every provider stands, and the values it speaks in.

All methods are coroutines; `safelight.runtime` runs them for callers that are not. A provider translates
every foreign exception into `safelight.errors` at its own border, retries what is worth retrying within
finite time, and never makes a client per object.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from safelight.storage.uri import ObjectURI


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a store says of one object.

    Attributes:
        uri: its address
        size: length in bytes
        etag: the entity tag as the provider gives it, quotes included, or None where there is none
        md5: 16 bytes, where the provider vouches for them (a single-part S3 ETag, Content-MD5), else None
        last_modified: aware time of the last write, or None
        content_type: the MIME type that the provider stores, or None
        crc32c: 4 bytes, big-endian, where the provider gives them (Google Cloud Storage), else None
    """

    uri: ObjectURI
    size: int
    etag: str | None = None
    md5: bytes | None = None
    last_modified: datetime | None = None
    content_type: str | None = None
    crc32c: bytes | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where credentials may come from.

    Attributes:
        source: the place, in the words of the provider's documentation: a variable, a file with its section
        outcome: what was found there, in a few words without any secret: "chosen", "not set", "not looked at"
    """

    source: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom a store speaks, and why: what `safelight storage whoami` shows. It holds no secret.

    Attributes:
        endpoint: where requests go, as a URL
        method: how they are authenticated: "shared key", "OAuth token", "anonymous", ...
        principal: who that is, as far as it is known without asking: an access key id, an account's name
        candidates: the sources in the order in which they are asked
    """

    endpoint: str
    method: str
    principal: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class CorsRule:
    """Which pages of other origins may read objects in a browser (Fetch standard, "CORS protocol").

    Attributes:
        origins: such as `https://app.example.com`, or `*`
        methods: HTTP methods
        headers: response headers that scripts may see, or `*`
        max_age_seconds: how long a browser remembers the answer
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ("GET", "HEAD")
    headers: tuple[str, ...] = ("*",)
    max_age_seconds: int = 86400


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: objects, and, when it was not recursive, the prefixes below."""

    objects: tuple[ObjectInfo, ...]
    prefixes: tuple[ObjectURI, ...] = ()


@dataclass(frozen=True, slots=True)
class PutOptions:
    """How an object is written.

    Attributes:
        overwrite: False refuses to replace an existing object (`ObjectExistsError`)
        content_type: MIME type to store; None guesses it from the name
        cache_control: Cache-Control header to store, or None
    """

    overwrite: bool = True
    content_type: str | None = None
    cache_control: str | None = None


Source = bytes | Path | AsyncIterable[bytes]
"""What can be written: bytes, a file, or chunks as they arrive."""


class Reader(Protocol):
    """An object's bytes on their way: `info` is known before the first chunk."""

    @property
    def info(self) -> ObjectInfo: ...

    def __aiter__(self) -> AsyncIterator[bytes | memoryview]: ...

    async def close(self) -> None:
        """Stop reading; needed only by who does not read to the end."""


class ObjectStore(Protocol):
    """One provider, one account, one endpoint.

    Attributes:
        ranged: whether `get_range` costs no more than the bytes it returns, so that large objects are best
            read in several ranges at a time
    """

    @property
    def ranged(self) -> bool: ...

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        """Describe one object.

        Raises:
            ObjectNotFoundError: there is no such object or bucket
            AccessDeniedError: the store says no
            StoreUnavailableError: the store did not answer in time
        """

    async def get(self, uri: ObjectURI) -> Reader:
        """Open an object for reading from its start.

        Raises:
            As `head`; the reader also raises `IntegrityError` when the body is shorter or longer than
            announced, and `ObjectChangedError` when the object is replaced meanwhile.
        """

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        """Read up to `length` bytes (at least 1) from `start`; fewer at the end of the object.

        The returned `ObjectInfo.size` is that of the whole object, so one call answers both questions.

        Args:
            uri: the object
            start: position of the first byte
            length: most bytes to read
            etag: read only this version of the object

        Raises:
            As `head`; `RangeNotSatisfiableError` when `start` is not inside the object;
            `ObjectChangedError` when the object no longer has `etag`.
        """

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        """Write an object, atomically: readers see the old one or the whole new one.

        Large files are sent in parts, and so is what arrives in chunks: a few parts are in memory at a time.

        Raises:
            As `head`; `ObjectExistsError` as `PutOptions.overwrite` says.
        """

    def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        """Page through the objects whose key starts with `prefix.key`, in key order.

        Raises:
            As `head`; a prefix under which there is nothing is an empty listing, not an error.
        """

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        """Delete objects of one bucket; one that is not there counts as deleted.

        Raises:
            As `head`
        """

    def reaches(self, source: ObjectURI) -> bool:
        """Whether `copy` can take an object from there: the same server, as the same account."""

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        """Copy to this store from where it `reaches`, without the bytes passing through this machine.

        Raises:
            As `head`, for either address
        """

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        """Make a URL with which anybody can `method` this object until it expires.

        Raises:
            CredentialsError: there is nothing to sign with
        """

    async def identity(self) -> Identity:
        """As whom this store speaks.

        Raises:
            CredentialsError: credentials are configured, but incomplete or not to be had
            ConfigError: the configuration makes no sense
        """

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        """The CORS rules of a bucket (on Azure: of its account); none where none are set.

        Raises:
            UnsupportedOperationError: the provider has no such rules
            As `head`
        """

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        """Replace the CORS rules.

        Raises:
            As `cors`
        """

    async def vouches_for(self, info: ObjectInfo) -> bool:
        """Whether the checksum of `info` is surely that of the object's bytes; asked when bytes do not fit.

        Raises:
            As `head`
        """

    async def close(self) -> None:
        """Let go of connections; the store must not be used afterwards."""


class BlockingReader(Protocol):
    """As `Reader`, for a thread that may wait."""

    @property
    def info(self) -> ObjectInfo: ...

    def __iter__(self) -> Iterator[bytes | memoryview]: ...


class BlockingReads(Protocol):
    """Reading without an event loop: less of the processor for each small object."""

    def open(self, uri: ObjectURI) -> BlockingReader:
        """As `ObjectStore.get`; the calling thread waits."""


class BlockingStore(Protocol):
    """What an `ObjectStore` may offer besides: bulk downloads then read in threads of their own."""

    def blocking_reads(self, uri: ObjectURI) -> BlockingReads | None:
        """How to read an object in a thread that may wait; None where only `ObjectStore.get` can.

        Raises:
            As `ObjectStore.head`, where the store has to be opened for the answer
        """


def blocking_reads(store: ObjectStore, uri: ObjectURI) -> BlockingReads | None:
    """As `BlockingStore.blocking_reads`, of any store."""
    offer = getattr(store, "blocking_reads", None)  # asking for the protocol costs twenty times as much
    reads: BlockingReads | None = offer(uri) if offer else None
    return reads
