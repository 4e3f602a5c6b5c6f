"""What surrounds every request: its id, its limits, its line in the log, its numbers."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Final

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safelight_server.observability.logs import request_id
from safelight_server.problems import problem

logger = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
_ACCEPTED_ID: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")
_QUIET: Final = frozenset({"/health", "/ready", "/metrics"})
_TOO_LARGE: Final = 413

REQUESTS: Final = Counter("safelight_http_requests", "REST requests", ("method", "route", "status"))
SECONDS: Final = Histogram("safelight_http_request_seconds", "Time of REST requests", ("method", "route"))


class RequestContext:
    """ASGI middleware, outermost.

    Args:
        app: what it surrounds
        max_body: largest body of a request, in bytes
    """

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        # Whoever is in front of us may have given it an id; nothing else may get into our logs that way.
        given = Headers(scope=scope).get(HEADER, "")
        chosen = given if _ACCEPTED_ID.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(chosen)
        try:
            if scope["type"] == "http":
                await self._http(scope, receive, send, chosen)
            else:
                await self._app(scope, receive, send)
        finally:
            request_id.reset(token)

    async def _http(self, scope: Scope, receive: Receive, send: Send, chosen: str) -> None:
        scope.setdefault("state", {})
        status, began = 0, time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = chosen
            await send(message)

        try:
            await self._app(scope, self._limited(scope, receive), send_with_id)
        except Exception:
            # Broad on purpose: whatever nobody foresaw is answered, and said in the log with its traceback.
            logger.exception("a request failed in a way that nobody foresaw")
            if status == 0:
                answer = problem(500, "Internal", "the server made a mistake; its log says which")
                await answer(scope, receive, send_with_id)
        finally:
            _record(scope, status, time.perf_counter() - began)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        declared = Headers(scope=scope).get("Content-Length", "0")
        size = int(declared) if declared.isdigit() else 0

        async def receive_limited() -> Message:
            nonlocal size
            if size <= self._max_body:
                message = await receive()
                if declared == "0":
                    size += len(message.get("body", b""))
                if size <= self._max_body:
                    return message
            raise HTTPException(_TOO_LARGE, f"the body is longer than {self._max_body} bytes")

        return receive_limited


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")  # never the path itself: it is anybody's text
    REQUESTS.labels(scope["method"], route, status).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    if scope["path"] in _QUIET:
        return
    extra = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "token": scope["state"].get("token_id"),
    }
    logger.info("%s %s %d", scope["method"], scope["path"], status, extra=extra)
