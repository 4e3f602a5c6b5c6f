"""Stores over libraries whose calls block: the protocol's coroutines outside, plain methods inside.

    ObjectStore ◄── ThreadedStore ──► threads ──► BlockingPlane   what a provider writes

A provider whose SDK has no asynchronous half writes the methods of `BlockingPlane`; the contract of each is
that of its namesake in `base.ObjectStore`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import io
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar, cast

from safelight.errors import ObjectNotFoundError, StorageError
from safelight.storage.base import (
    BlockingReads,
    CorsRule,
    Identity,
    ObjectInfo,
    Page,
    PutOptions,
    Reader,
    Source,
)
from safelight.storage.http.body import Body, open_reader
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

_END = b""


class BlockingPlane(Protocol):
    """What a provider does, in calls that block. They come from several threads at a time.

    Attributes:
        ranged: as `ObjectStore.ranged`
    """

    @property
    def ranged(self) -> bool: ...

    def head(self, uri: ObjectURI) -> ObjectInfo: ...

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, Body]:
        """As `get`: what the object is, and its bytes."""

    def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None
    ) -> tuple[bytes, ObjectInfo]: ...

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        """Write what `source` reads. A file or memory can be rewound (`seekable`), arriving chunks cannot."""

    def pages(self, prefix: ObjectURI, *, recursive: bool) -> Iterator[Page]: ...

    def delete(self, uris: Sequence[ObjectURI]) -> None: ...

    def reaches(self, source: ObjectURI) -> bool: ...

    def copy(self, source: ObjectURI, target: ObjectURI) -> None: ...

    def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str: ...

    def identity(self) -> Identity: ...

    def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]: ...

    def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None: ...

    def close(self) -> None: ...


class ThreadedStore:
    """An `ObjectStore` whose calls run in threads.

    Args:
        plane: does the work
        threads: where it does it
    """

    def __init__(self, plane: BlockingPlane, threads: Threads) -> None:
        self._plane = plane
        self._threads = threads

    @property
    def ranged(self) -> bool:
        return self._plane.ranged

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._threads.run(self._plane.head, uri)

    async def get(self, uri: ObjectURI) -> Reader:
        return await open_reader(self._threads, self._plane.open, uri)

    def blocking_reads(self, uri: ObjectURI) -> BlockingReads:  # noqa: ARG002 - the protocol's
        return _Reads(self._plane)

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        return await self._threads.run(self._plane.get_range, uri, start, length, etag)

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        options = options or PutOptions()
        if isinstance(source, bytes):
            return await self._threads.run(self._plane.put, uri, io.BytesIO(source), options)
        if isinstance(source, Path):
            return await self._threads.run(self._put_file, uri, source, options)
        chunks = ArrivingFile(source)
        with chunks.stopping():
            return await self._threads.run(self._plane.put, uri, chunks.reader(), options)

    def _put_file(self, uri: ObjectURI, source: Path, options: PutOptions) -> ObjectInfo:
        with source.open("rb") as file:
            return self._plane.put(uri, file, options)

    async def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        pages = self._plane.pages(prefix, recursive=recursive)
        while page := await self._threads.run(_next_page, pages):
            yield page

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        if uris:
            await self._threads.run(self._plane.delete, uris)

    def reaches(self, source: ObjectURI) -> bool:
        return self._plane.reaches(source)

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        await self._threads.run(self._plane.copy, source, target)

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        return await self._threads.run(self._plane.sign, uri, method, expires)

    async def identity(self) -> Identity:
        return await self._threads.run(self._plane.identity)

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        return await self._threads.run(self._plane.cors, bucket)

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        await self._threads.run(self._plane.set_cors, bucket, rules)

    async def vouches_for(self, info: ObjectInfo) -> bool:
        return info.md5 is not None

    async def close(self) -> None:
        await self._threads.run(self._plane.close)


class _Reads:
    """Opens objects for a thread that may wait."""

    def __init__(self, plane: BlockingPlane) -> None:
        self._plane = plane

    def open(self, uri: ObjectURI) -> _Reading:
        return _Reading(*self._plane.open(uri))


class _Reading:
    """An object's body."""

    def __init__(self, info: ObjectInfo, body: Body) -> None:
        self.info = info
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def __del__(self) -> None:
        # Whoever is not admitted drops the reader unread: its connection goes with it.
        self._body.close()


class BodyFile(io.RawIOBase):
    """A body as a file, for what copies an object through this machine.

    Args:
        body: the bytes
    """

    def __init__(self, body: Body) -> None:
        self._body = body
        self._rest = _END

    def reader(self) -> BinaryIO:
        """The file, buffered."""
        return cast("BinaryIO", io.BufferedReader(self, 1 << 20))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        self._rest = self._rest or self._body.read()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        self._body.close()
        super().close()


class ArrivingFile(io.RawIOBase):
    """Chunks that arrive in the running event loop, as a file that another thread reads.

    Args:
        chunks: where they come from
    """

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = aiter(chunks)
        self._loop = asyncio.get_running_loop()
        self._rest = memoryview(_END)
        self._stopped = False
        self._failure: Exception | None = None
        self._waiting: concurrent.futures.Future[bytes | None] | None = None

    def reader(self) -> BinaryIO:
        """The file, buffered."""
        return cast("BinaryIO", io.BufferedReader(self, 1 << 20))

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Let no thread wait for chunks once the block ends, and raise what the source raised, unchanged."""
        try:
            yield
        except Exception:
            if self._failure is not None:
                raise self._failure from None
            raise
        finally:
            self._stopped = True
            if self._waiting is not None:
                self._waiting.cancel()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        while not self._rest:
            chunk = self._wait()
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _wait(self) -> bytes | None:
        if self._stopped:
            raise OSError("nobody waits for this upload any more")
        self._waiting = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
        try:
            return self._waiting.result()
        except Exception as error:
            self._failure = error
            raise

    async def _next(self) -> bytes | None:
        return await anext(self._chunks, None)


def _next_page(pages: Iterator[Page]) -> Page | None:
    return next(pages, None)


@contextmanager
def about(uri: ObjectURI) -> Iterator[None]:
    """Tell an error about an account as one about the object that needed it."""
    try:
        yield
    except StorageError as error:
        raise type(error)(error.reason, error.uri or uri.public_text) from None


def copy_through(plane: BlockingPlane, source: ObjectURI, target: ObjectURI) -> None:
    """Copy by reading and writing, for a plane that `reaches` nothing."""
    info, body = plane.open(source)
    with BodyFile(body).reader() as file:
        plane.put(target, file, PutOptions(content_type=info.content_type))


def each_deleted(delete: Callable[[ObjectURI], object], uris: Sequence[ObjectURI]) -> None:
    """Delete one by one; what is not there counts as deleted."""
    for uri in dict.fromkeys(uris):
        with suppress(ObjectNotFoundError):
            delete(uri)
