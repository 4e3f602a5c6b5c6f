"""Sending files: whole, in ranges, or not at all when the client has them.

No thread belongs to a download: a slow client costs a file descriptor and one chunk of memory, so any number
of them delays nobody. Small files, which most requests want, are read at once; the rest goes chunk by chunk
through a thread, as a disk may block.
"""

from __future__ import annotations

import os
import re
from http import HTTPStatus

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from safelight_index.model import LocalResource
from safelight_index.responses import FILE_CACHING, is_fresh

_CHUNK = 256 << 10
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class UnsatisfiableRangeError(ValueError):
    """The range lies outside the file."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Read a Range header.

    Several ranges, other units and nonsense mean the whole file, as RFC 9110 (14.2) allows.

    Args:
        header: its value
        size: the file's length in bytes

    Returns:
        first byte and the one after the last, or None for the whole file

    Raises:
        UnsatisfiableRangeError: no byte of the range exists
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise UnsatisfiableRangeError(header)
    return start, stop


class FileResponse(Response):
    """A file of our own, whose bytes never change.

    Args:
        request: what the client asked
        resource: the file
    """

    def __init__(self, request: Request, resource: LocalResource) -> None:
        self._request = request
        self._resource = resource
        self._start, self._stop = 0, resource.size
        headers = {
            "Accept-Ranges": "bytes",
            "Cache-Control": FILE_CACHING,
            "ETag": f'"{resource.sha256}"',
        }
        status = self._choose(headers)
        super().__init__(None, status, headers, resource.media_type)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.headers["Content-Length"] = str(self._stop - self._start)

    def _choose(self, headers: dict[str, str]) -> HTTPStatus:
        """Decide which bytes go out, and say so in the headers."""
        etag, asked = headers["ETag"], self._request.headers
        if is_fresh(self._request, etag):
            self._stop = 0
            return HTTPStatus.NOT_MODIFIED
        if "range" not in asked or asked.get("if-range", etag) != etag:
            return HTTPStatus.OK
        try:
            chosen = parse_range(asked["range"], self._resource.size)
        except UnsatisfiableRangeError:
            self._stop = 0
            headers["Content-Range"] = f"bytes */{self._resource.size}"
            return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        if chosen is None:
            return HTTPStatus.OK
        self._start, self._stop = chosen
        headers["Content-Range"] = f"bytes {self._start}-{self._stop - 1}/{self._resource.size}"
        return HTTPStatus.PARTIAL_CONTENT

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        descriptor = os.open(self._resource.path, os.O_RDONLY)
        try:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            length = 0 if scope["method"] == "HEAD" else self._stop - self._start
            if length <= _CHUNK:
                body = os.pread(descriptor, length, self._start)
            else:
                body = b""
                await self._send_chunks(descriptor, send)
            await send({"type": "http.response.body", "body": body})
        finally:
            os.close(descriptor)

    async def _send_chunks(self, descriptor: int, send: Send) -> None:
        position = self._start
        while position < self._stop and not await self._request.is_disconnected():
            wanted = min(_CHUNK, self._stop - position)
            chunk = await anyio.to_thread.run_sync(os.pread, descriptor, wanted, position)
            if not chunk:
                raise EOFError(f"{self._resource.path} is shorter than the catalogue says")
            position += len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
