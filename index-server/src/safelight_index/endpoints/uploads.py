"""The upload form.

The body is spooled to the disk before anything reads it: a client that goes away in the middle leaves
nothing, and a slow one holds no thread.
"""

from __future__ import annotations

import tempfile
from functools import partial
from http import HTTPStatus
from typing import BinaryIO

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response

from safelight_index.auth import require_package
from safelight_index.endpoints.guard import Exchange
from safelight_index.errors import DistributionExistsError, IndexServerError, UploadError, UploadTooLargeError
from safelight_index.publishing import Publisher
from safelight_index.responses import error_response
from safelight_index.tokens import Scope

_WRITE_SIZE = 1 << 20
_PUBLISHERS = anyio.CapacityLimiter(2)
"""Checking a wheel is work for a processor: more at a time would only slow the readers down."""


async def upload(exchange: Exchange) -> Response:
    """Answer POST /: 200 when the file is there, also when it was there before with the same bytes."""
    service, token = exchange.service, exchange.token
    publisher = Publisher(
        f"{token.name} ({token.id})",
        may_claim=token.scope.includes(Scope.ADMIN),
        check=partial(require_package, token),
    )
    content_type = exchange.request.headers.get("content-type", "")
    with tempfile.TemporaryFile(dir=service.blobs.incoming) as body:
        size = await _spool(exchange, body)
        try:
            published = await anyio.to_thread.run_sync(
                service.uploads.publish, body, size, content_type, publisher, limiter=_PUBLISHERS
            )
        except IndexServerError as error:
            exchange.audit("upload refused", reason=str(error))
            return _refusal(exchange, error)
    service.metrics.request("upload")
    if published is None:
        return PlainTextResponse("nothing to do\n")
    exchange.audit("upload", file=published.filename, size=published.size, sha256=published.sha256)
    return PlainTextResponse(f"{published.filename} is published\n")


async def _spool(exchange: Exchange, body: BinaryIO) -> int:
    """Write the request's body to a file, rewound; return its length.

    Raises:
        UploadTooLargeError: it is longer than the server takes
        UploadError: the client went away
    """
    limit = exchange.service.settings.max_upload_mib << 20
    size, pending = 0, bytearray()
    try:
        async for chunk in exchange.request.stream():
            size += len(chunk)
            if size > limit:
                raise UploadTooLargeError(f"an upload may have {limit >> 20} MiB at most")
            pending += chunk
            if len(pending) >= _WRITE_SIZE:
                await anyio.to_thread.run_sync(body.write, bytes(pending))
                pending.clear()
    except ClientDisconnect as error:
        exchange.audit("upload refused", reason="the client went away")
        raise UploadError("the client went away") from error
    body.write(pending)
    body.seek(0)
    return size


def _refusal(exchange: Exchange, error: IndexServerError) -> Response:
    response = error_response(exchange.request, error)
    if isinstance(error, DistributionExistsError) and "twine" in exchange.request.headers.get(
        "user-agent", ""
    ):
        # What the public index answers; `twine upload --skip-existing` looks for it.
        response.status_code = HTTPStatus.BAD_REQUEST
    return response
