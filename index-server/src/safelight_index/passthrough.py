"""Files of the public index, passed through chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from safelight_index.errors import DistributionNotFoundError, PublicIndexError
from safelight_index.model import RemoteResource

_ASKED = ("range", "if-range", "if-none-match")
_PASSED = ("content-length", "content-range", "content-type", "accept-ranges", "etag", "last-modified")
_PASSED_STATUSES = {200, 206, 304, 416}


async def fetch(client: httpx.AsyncClient, request: Request, resource: RemoteResource) -> Response:
    """Ask the public index for a file; of the client's headers, only ranges and freshness go along.

    Raises:
        DistributionNotFoundError: it has no such file
        PublicIndexError: it does not answer, or not with a file
    """
    headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
    outgoing = client.build_request(
        request.method, resource.url, headers=headers | {"Accept-Encoding": "identity"}
    )
    try:
        answer = await client.send(outgoing, stream=True)
    except httpx.HTTPError as error:
        raise PublicIndexError(f"the public index does not answer ({type(error).__name__})") from error
    if answer.status_code not in _PASSED_STATUSES:
        await answer.aclose()
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise DistributionNotFoundError("the public index does not have this file any more")
        raise PublicIndexError(f"the public index answered {answer.status_code}")
    passed = {name: answer.headers[name] for name in _PASSED if name in answer.headers}
    return StreamingResponse(_chunks(answer), answer.status_code, passed)


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:  # also when the client goes away in the middle
        await answer.aclose()
