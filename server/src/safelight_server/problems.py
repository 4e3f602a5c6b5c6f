"""How errors are answered: RFC 9457 problem documents, one shape for all of them."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from safelight_server.errors import AuthenticationError, ServerError, TooManyRequestsError, status_of
from safelight_server.observability.logs import request_id

logger = logging.getLogger(__name__)

_MEDIA_TYPE: Final = "application/problem+json"


def add_error_handlers(app: FastAPI) -> None:
    """Answer every foreseen error of the application, and of the framework, with a problem document."""
    app.add_exception_handler(ServerError, _server_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(PyMongoError, _database_error)


def problem(status: int, kind: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem document.

    Args:
        status: of HTTP
        kind: the error's name, for programs: `UserNotFound`, `Forbidden`, ...
        detail: for people
        headers: of the answer
    """
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": kind,
        "detail": detail,
        "request_id": request_id.get(),
    }
    return JSONResponse(content, status, headers, media_type=_MEDIA_TYPE)


def problem_of(error: ServerError) -> JSONResponse:
    """The problem document of something that the server refuses on purpose."""
    headers: dict[str, str] = {}
    if isinstance(error, AuthenticationError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return problem(status_of(error), type(error).__name__.removesuffix("Error"), str(error), headers)


async def _server_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServerError)  # noqa: S101 - what it is registered for
    return problem_of(error)


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    details = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return problem(422, "Invalid", "; ".join(details))


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    kind = HTTPStatus(error.status_code).phrase.title().replace(" ", "")
    return problem(error.status_code, kind, str(error.detail), dict(error.headers or {}))


async def _database_error(_request: Request, error: Exception) -> JSONResponse:
    logger.error("the database did not do what a request needed", exc_info=error)
    return problem(503, "Unavailable", "the database did not answer; try again", {"Retry-After": "1"})
