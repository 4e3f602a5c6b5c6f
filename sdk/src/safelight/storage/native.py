"""The fast data plane: objects through obstore, for every provider that it speaks.

obstore cannot carry every key: its paths have no empty segments, no `.` or `..` and no control characters,
and it drops leading and trailing slashes. `is_plain` says which keys arrive byte for byte; providers send the
others through their Python SDK.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore

from safelight.errors import IntegrityError, RangeNotSatisfiableError, StorageError
from safelight.storage.base import ObjectInfo, PutOptions, Source
from safelight.storage.checksums import check_length
from safelight.storage.content import Counted, size_of
from safelight.storage.forks import native_started
from safelight.storage.native_errors import RAISED, translate, translating
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from obstore import Attributes, Bytes, GetOptions, GetResult, ObjectMeta
    from obstore.store import ObjectStore as ObstoreStore

_CHUNK = 1 << 20
_PART = 8 << 20
_MAX_PARTS = 10_000
_ODD_KEY = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|[\x00-\x1f\x7f]")

Describe = Callable[[ObjectURI, "ObjectMeta", "Attributes | None"], ObjectInfo]


def is_plain(key: str) -> bool:
    """Whether obstore carries `key` byte for byte."""
    return _ODD_KEY.search(key) is None


class NativeReader:
    """An object's body, in chunks of about a mebibyte: for coroutines, and for threads that may wait."""

    def __init__(self, info: ObjectInfo, result: GetResult) -> None:
        self.info = info
        self._result = result

    async def __aiter__(self) -> AsyncIterator[bytes | memoryview]:
        with self._receiving() as received:
            if self.info.size <= _CHUNK:
                # Half the cost of a stream of one chunk (measured at 100 KB).
                yield received(await self._result.bytes_async())
            else:
                async for chunk in self._result.stream(_CHUNK):
                    yield received(chunk)

    def __iter__(self) -> Iterator[bytes | memoryview]:
        with self._receiving() as received:
            for chunk in self._result.stream(_CHUNK):
                yield received(chunk)

    async def close(self) -> None:
        """The connection goes with the last reference to the stream."""

    @contextmanager
    def _receiving(self) -> Iterator[Callable[[bytes | Bytes], memoryview]]:
        """Yield what counts and returns a chunk, without a copy; at the end the object must be complete."""
        total = 0

        def received(chunk: bytes | Bytes) -> memoryview:
            nonlocal total
            total += len(chunk)
            return memoryview(chunk)

        try:
            yield received
        except RAISED as error:
            raise _broken(error, self.info.uri) from None
        check_length(total, self.info.size, self.info.uri)


class WholeReader:
    """A small object that has arrived already."""

    def __init__(self, info: ObjectInfo, body: Bytes) -> None:
        self.info = info
        self._body = body

    def __iter__(self) -> Iterator[memoryview]:
        return iter((memoryview(self._body),))


def _broken(error: Exception, uri: ObjectURI) -> StorageError:
    """What it means that a whole object could not be read."""
    failure = translate(error, uri)
    if isinstance(failure, RangeNotSatisfiableError):
        # obstore asks for the rest of a body that ended early, and there is none.
        return IntegrityError("the object is shorter than announced", uri.public_text)
    return failure


class NativePlane:
    """Reads and writes objects with plain keys.

    Args:
        store: the obstore store of one bucket
        describe: how the provider's metadata becomes an `ObjectInfo`
    """

    def __init__(self, store: ObstoreStore, describe: Describe) -> None:
        native_started()
        self._store = store
        self._describe = describe

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        options = _options(uri) | {"head": True}
        with translating(uri):
            result = await obstore.get_async(self._store, uri.key, options=options)
            return self._describe(uri, result.meta, result.attributes)

    async def get(self, uri: ObjectURI) -> NativeReader:
        with translating(uri):
            result = await obstore.get_async(self._store, uri.key, options=_options(uri))
            return NativeReader(self._describe(uri, result.meta, result.attributes), result)

    def open(self, uri: ObjectURI) -> NativeReader | WholeReader:
        """As `get`; the calling thread waits, for the body of a small object too.

        It has no event loop, so the store's credential provider must be a plain function, no coroutine.
        """
        try:
            result = obstore.get(self._store, uri.key, options=_options(uri))
            start, end = result.range
            # Before anything else is done: what stays in the connection wakes others in vain.
            body = result.bytes() if end - start <= _CHUNK else None
            info = self._describe(uri, result.meta, result.attributes)
        except RAISED as error:
            raise _broken(error, uri) from None
        if body is None:
            return NativeReader(info, result)
        check_length(len(body), info.size, uri)
        return WholeReader(info, body)

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        options = _options(uri) | {"range": (start, start + length)}
        if etag:
            options |= self._only(etag)
        with translating(uri):
            result = await obstore.get_async(self._store, uri.key, options=options)
            data = (await result.bytes_async()).to_bytes()
            info = self._describe(uri, result.meta, result.attributes)
        check_length(len(data), min(length, info.size - start), uri)
        return data, info

    def _only(self, etag: str) -> GetOptions:
        """How a request says that it is for one version of the object."""
        return {"if_match": etag}

    async def put(
        self, uri: ObjectURI, source: Source, options: PutOptions, attributes: dict[str, Any]
    ) -> ObjectInfo:
        source = source if isinstance(source, bytes | Path) else Counted(source)
        size = size_of(source)
        part = max(_PART, -(-size // _MAX_PARTS))
        with translating(uri, writing=True):
            result = await obstore.put_async(
                self._store,
                uri.key,
                source,
                attributes=attributes,
                # Stores refuse conditional multipart uploads; up to 5 GiB fit into one request.
                mode=None if options.overwrite else "create",
                use_multipart=isinstance(source, Counted) or (options.overwrite and size > part),
                chunk_size=part,
                max_concurrency=4,
            )
        meta: ObjectMeta = {
            "path": uri.key,
            "size": size_of(source),
            "e_tag": result["e_tag"],
            "version": None,
            "last_modified": None,  # type: ignore[typeddict-item]  # unknown until it is asked for
        }
        return self._describe(uri, meta, None)


def _options(uri: ObjectURI) -> GetOptions:
    return {"version": uri.version} if uri.version else {}
