"""The bytes behind a signed path.

What the cache has, or should have (`cache_app_images`), comes from its file. Everything else passes through,
range by range: a video is sought without being downloaded, and the bucket needs no CORS rules. Or browsers
are sent to the store itself (`app_signed_urls`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from typing import Any, Final

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from safelight.dropin.app.byte_ranges import (
    AskedRange,
    ByteRange,
    UnsatisfiableRangeError,
    parse_range,
)
from safelight.dropin.app.conditions import is_not_modified, may_continue
from safelight.dropin.app.documents import rewrite_scene
from safelight.dropin.app.redirects import redirected
from safelight.errors import (
    AccessDeniedError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    SafelightError,
)
from safelight.runtime import Runtime, get_runtime
from safelight.storage.base import ObjectInfo, ObjectStore
from safelight.storage.uri import ObjectURI

logger = logging.getLogger(__name__)

_PIECE: Final = 1 << 20
"""Bytes that are asked for at a time: a browser that goes away leaves no more than that unread."""

_OPEN_END: Final = 1 << 19
"""Bytes that a range without an end gets; less than what was asked for is allowed (RFC 9110, 15.3.7).

Browsers ask for a video from here to the end, read a little, and ask again from elsewhere. Megabytes would
be fetched in vain, into the buffers between; and browsers keep for later only what came whole.
"""

_ANY_TYPE: Final = frozenset({"application/octet-stream", "binary/octet-stream"})

_SCENE: Final = ".fo3d"
_WHOLE: Final = AskedRange(0, _PIECE - 1)
"""How reading a whole file begins."""

_OF_BODIES: Final = {"content-length", "content-type"}

_KEPT: Final = "private, max-age=60, stale-while-revalidate=3600"
"""Scrolling back asks nobody. What has changed in its bucket, a mask say, shows at the second look."""

FromFile = Callable[[str], Any]
"""Upstream's own answer for a local file: a coroutine."""


async def deliver(request: Request, address: str, headers: dict[str, str], from_file: FromFile) -> Response:
    """Answer a request for an object.

    Args:
        request: GET or HEAD, perhaps with a range
        address: the object, as a dataset has it
        headers: what upstream sends with every media file
        from_file: answers from a local file instead

    Returns:
        the answer; an error of the store is one too, and a line in the server's log
    """
    runtime = get_runtime()
    try:
        if address.endswith(_SCENE):
            return await _scene(runtime, address, headers)
        if await anyio.to_thread.run_sync(_is_for_cache, runtime, address):
            path = await anyio.to_thread.run_sync(runtime.cache.get_local_path, address)
            return await _from_copy(request, path, from_file)
        if runtime.config.app_signed_urls and (there := await redirected(runtime, request, address, headers)):
            return there
        return await _passed_through(runtime, request, address, headers)
    except SafelightError as error:
        logger.warning("the App cannot show %s", error)
        return Response(_reason(error), _status(error), headers)


def _is_for_cache(runtime: Runtime, address: str) -> bool:
    if runtime.cache.is_cached(address):
        return True
    import fiftyone.core.media as fom

    return runtime.config.cache_app_images and fom.get_media_type(address) == fom.IMAGE


async def _scene(runtime: Runtime, address: str, headers: dict[str, str]) -> Response:
    text = await anyio.to_thread.run_sync(runtime.files.read_text, address)
    return Response(rewrite_scene(text, address), 200, headers, "application/json")


async def _from_copy(request: Request, path: str, from_file: FromFile) -> Response:
    """Upstream's answer, ranges and all; and for how long it is good, which upstream leaves to guesses."""
    response: Response = await from_file(path)
    response.headers["Cache-Control"] = _KEPT
    if is_not_modified(request.headers, response.headers):
        kept = {name: value for name, value in response.headers.items() if name not in _OF_BODIES}
        return Response(None, 304, kept)
    return response


async def _passed_through(
    runtime: Runtime, request: Request, address: str, headers: dict[str, str]
) -> Response:
    uri = runtime.stores.parse(address)
    store = runtime.stores.store_for(uri)
    asked = parse_range(request.headers.get("Range"))
    first, info = await _beginning(runtime, store, uri, request, asked or _WHOLE)
    about = headers | _about(info)
    if is_not_modified(request.headers, about):
        return Response(None, 304, about)
    if asked and not may_continue(request.headers, about):
        asked, first = None, b""
    try:
        part = asked.within(info.size, open_end=_OPEN_END) if asked else ByteRange(0, info.size, info.size)
    except UnsatisfiableRangeError as error:
        return Response(None, 416, about | {"Content-Range": str(error)})
    about["Content-Length"] = str(part.stop - part.start)
    if asked:
        about["Content-Range"] = part.content_range
    status = 206 if asked else 200
    if request.method == "HEAD":
        return Response(None, status, about, _type_of(info))
    return StreamingResponse(_pieces(runtime, store, info, part, first), status, about, _type_of(info))


async def _beginning(
    runtime: Runtime, store: ObjectStore, uri: ObjectURI, request: Request, asked: AskedRange
) -> tuple[bytes, ObjectInfo]:
    """The first of the bytes asked for, with what the store says of the object: one request has both.

    There are none where the answer may do without a body, or where only the length tells which they are.
    """
    if request.method == "GET" and asked.first is not None and "If-None-Match" not in request.headers:
        length = _OPEN_END if asked.last is None else min(_PIECE, asked.last - asked.first + 1)
        try:
            first, info = await _awaited(runtime, store.get_range(uri, asked.first, length))
        except RangeNotSatisfiableError:
            pass  # the object ends before; an empty one has no first byte
        else:
            return first, info
    return b"", await _awaited(runtime, store.head(uri))


async def _pieces(
    runtime: Runtime, store: ObjectStore, info: ObjectInfo, part: ByteRange, first: bytes
) -> AsyncIterator[bytes]:
    """Give a part piece by piece, all of one version of the object; `first` is what is there already."""
    if first:
        yield first
    for start in range(part.start + len(first), part.stop, _PIECE):
        length = min(_PIECE, part.stop - start)
        data, _ = await _awaited(runtime, store.get_range(info.uri, start, length, etag=info.etag))
        yield data


async def _awaited(runtime: Runtime, coroutine: Any) -> Any:
    """Await what runs on the runtime's event loop: the server has another one."""
    return await anyio.to_thread.run_sync(runtime.portal.run, coroutine)


def _type_of(info: ObjectInfo) -> str:
    """The stored type; a guess from the name where whoever uploaded the object did not say."""
    if info.content_type and info.content_type not in _ANY_TYPE:
        return info.content_type
    import eta.core.utils as etau

    return str(etau.guess_mime_type(info.uri.name))


def _about(info: ObjectInfo) -> dict[str, str]:
    about = {"Accept-Ranges": "bytes", "Cache-Control": _KEPT}
    if info.etag:
        about["ETag"] = info.etag
    if info.last_modified:
        about["Last-Modified"] = format_datetime(info.last_modified, usegmt=True)
    return about


def _status(error: SafelightError) -> int:
    if isinstance(error, ObjectNotFoundError):
        return 404
    return 403 if isinstance(error, AccessDeniedError) else 502


def _reason(error: SafelightError) -> str:
    return str(getattr(error, "reason", error))
