"""From what the index decides to what goes over HTTP; errors are mapped in one table."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from safelight_index import errors
from safelight_index.auth import CHALLENGE
from safelight_index.throttle import WINDOW_SECONDS

STATUS_OF: dict[type[errors.IndexServerError], HTTPStatus] = {
    errors.AuthenticationError: HTTPStatus.UNAUTHORIZED,
    errors.PermissionDeniedError: HTTPStatus.FORBIDDEN,
    errors.TooManyFailuresError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ProjectNotFoundError: HTTPStatus.NOT_FOUND,
    errors.DistributionNotFoundError: HTTPStatus.NOT_FOUND,
    errors.TokenNotFoundError: HTTPStatus.NOT_FOUND,
    errors.UploadError: HTTPStatus.BAD_REQUEST,
    errors.UploadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.DistributionExistsError: HTTPStatus.CONFLICT,
    errors.CatalogueUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PublicIndexError: HTTPStatus.BAD_GATEWAY,
    errors.SettingsError: HTTPStatus.BAD_REQUEST,
    errors.IndexServerError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
PAGE_CACHING = "private, max-age=0"
FILE_CACHING = "private, max-age=31536000, immutable"


def status_of(error: errors.IndexServerError) -> HTTPStatus:
    """Return the status for the nearest class in the error's ancestry."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def error_response(request: Request, error: errors.IndexServerError) -> Response:
    """Say what went wrong, as text, or as problem details (RFC 9457) to clients that read JSON."""
    status = status_of(error)
    headers = {"Cache-Control": "no-store"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = CHALLENGE
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = str(int(WINDOW_SECONDS))
    if "json" in request.headers.get("accept", ""):
        problem = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "detail": str(error),
        }
        return Response(json.dumps(problem), status, headers, "application/problem+json")
    return Response(f"{status.value} {status.phrase}: {error}\n", status, headers, "text/plain")


def etag_of(content: bytes) -> str:
    """Return a strong entity tag, quotes included."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_fresh(request: Request, etag: str) -> bool:
    """Say whether the client already has the entity (If-None-Match)."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in header.split(","))
