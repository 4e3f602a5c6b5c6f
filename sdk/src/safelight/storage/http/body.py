"""Bodies of HTTP answers: as they arrive, or from a file when their length must be known first."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import ParamSpec, Protocol

from urllib3 import BaseHTTPResponse

from safelight.errors import IntegrityError, StorageTimeoutError, StoreUnavailableError
from safelight.storage.base import ObjectInfo
from safelight.storage.checksums import check_length
from safelight.storage.http.errors import translating
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

P = ParamSpec("P")

_CHUNK = 1 << 20
_IN_MEMORY = 8 << 20


class Body(Protocol):
    """Chunks of at most a mebibyte; whoever does not read to the end closes it."""

    def __iter__(self) -> Iterator[bytes]: ...
    def read(self) -> bytes:
        """The next chunk; empty at the end."""

    def close(self) -> None: ...


class ArrivingBody:
    """A body from the network.

    Args:
        uri: whose body
        response: the answer
        seconds: how long it may take
        decode: whether to undo its Content-Encoding
    """

    def __init__(
        self, uri: ObjectURI, response: BaseHTTPResponse, seconds: float, *, decode: bool = True
    ) -> None:
        self._uri = uri
        self._response = response
        self._decode = decode
        self._deadline = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        if time.monotonic() > self._deadline:
            self.close()
            raise StorageTimeoutError("no end within the time limit", self._uri.public_text)
        try:
            with translating(self._uri):
                chunk = self._response.read1(_CHUNK, decode_content=self._decode)
        except StorageTimeoutError:
            self.close()
            raise
        except StoreUnavailableError:
            self.close()
            raise IntegrityError("the body ended early", self._uri.public_text) from None
        if not chunk:
            self.close()
        return chunk

    def close(self) -> None:
        """Give the connection back, or cut it when there is more to come."""
        if self._response.length_remaining != 0:
            self._response.close()
        self._response.release_conn()


class SpooledBody:
    """A body that has arrived: in memory, or on disk where it is long.

    Args:
        arriving: the body to receive to its end
    """

    def __init__(self, arriving: Body) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        try:
            for chunk in arriving:
                self._file.write(chunk)
        except BaseException:
            self._file.close()
            raise
        self.size = self._file.tell()
        self._file.seek(0)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        chunk = b"" if self._file.closed else self._file.read(_CHUNK)
        if not chunk:
            self.close()
        return chunk

    def close(self) -> None:
        self._file.close()


class ArrivedBody:
    """A small body, received in the same call as its headers."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        chunk, self._rest = self._rest, b""
        return chunk

    def close(self) -> None:
        """There is nothing to let go of."""


class BodyReader:
    """An object's body, in chunks of at most a mebibyte."""

    def __init__(self, info: ObjectInfo, body: Body, threads: Threads) -> None:
        self.info = info
        self._body = body
        self._threads = threads

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        try:
            while chunk := await self._next():
                received += len(chunk)
                yield chunk
        finally:
            self._body.close()
        check_length(received, self.info.size, self.info.uri)

    async def close(self) -> None:
        self._body.close()

    async def _next(self) -> bytes:
        if isinstance(self._body, ArrivedBody):
            return self._body.read()
        return await self._threads.run(self._body.read)


async def open_reader(
    threads: Threads, function: Callable[P, tuple[ObjectInfo, Body]], /, *args: P.args, **kwargs: P.kwargs
) -> BodyReader:
    """Open an object in a thread; a caller that is cancelled meanwhile leaves no connection behind."""
    info, body = await threads.opening(_close, function, *args, **kwargs)
    return BodyReader(info, body, threads)


def _close(opened: tuple[ObjectInfo, Body]) -> None:
    opened[1].close()


class ArrivingReader:
    """An object's body, for a thread that may wait."""

    def __init__(self, info: ObjectInfo, body: Body) -> None:
        self.info = info
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)
