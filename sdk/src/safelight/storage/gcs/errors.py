"""The exceptions of Google's libraries in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import (
    GoogleAuthError,
    InvalidOperation,
    RefreshError,
    TransportError,
)
from google.cloud.storage.exceptions import DataCorruption
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, ReadTimeout, RequestException, SSLError
from requests.exceptions import ConnectionError as RequestsConnectionError

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.http_status import error_for_code
from safelight.storage.uri import ObjectURI

_SHOWN: Final = 200
_PAYER: Final = "requester pays"
_NO_BUCKET: Final = "bucket does not exist"

#: Reasons of the JSON API ("HTTP status and error codes for JSON") that its status alone does not tell.
_REASONS: Final[dict[str, tuple[type[StorageError], str]]] = {
    "rateLimitExceeded": (StoreUnavailableError, "the store asks to slow down"),
    "userRateLimitExceeded": (StoreUnavailableError, "the store asks to slow down"),
    "quotaExceeded": (StoreUnavailableError, "a quota of the project is used up"),
    "accountDisabled": (AccessDeniedError, "the project's account is disabled"),
}

_MEANINGS: Final[tuple[tuple[tuple[type[Exception], ...], type[StorageError], str], ...]] = (
    ((InvalidOperation,), CredentialsError, "the store wants credentials, and none were found"),
    ((RefreshError,), CredentialsError, "Google gives no token for these credentials"),
    ((GoogleAuthError,), CredentialsError, "no usable Google credentials"),
    ((DataCorruption,), IntegrityError, "what the store has is not what was sent"),
    ((ConnectTimeout, ReadTimeout), StorageTimeoutError, "no answer within the time limit"),
    ((SSLError,), EndpointError, "the server's certificate is not trusted, or it does not speak TLS"),
    ((ChunkedEncodingError,), IntegrityError, "the body ended early"),
    ((RequestsConnectionError,), StoreUnavailableError, "cannot connect to the endpoint"),
    ((RequestException,), StoreUnavailableError, "the connection broke"),
)


@contextmanager
def translating(uri: ObjectURI, *, writing: bool = False) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of the exceptions of Google's libraries."""
    try:
        yield
    except (GoogleAPICallError, RetryError, GoogleAuthError, DataCorruption, RequestException) as error:
        raise translate(error, uri, writing=writing) from None


def translate(error: Exception, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    cause = _cause(error)
    if isinstance(cause, Exception):
        return translate(cause, uri, writing=writing)
    if isinstance(error, GoogleAPICallError):
        return _of_answer(error, uri, writing=writing)
    if isinstance(error, TransportError):
        return StoreUnavailableError("cannot reach where Google's tokens come from", uri.public_text)
    for kinds, meaning, reason in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(reason + _detail(error), uri.public_text)
    return StorageError(type(error).__name__, uri.public_text)


def _cause(error: Exception) -> object:
    """What really happened, where `error` only wraps it."""
    if isinstance(error, RetryError):
        return error.cause
    return error.args[0] if isinstance(error, TransportError) and error.args else None


def _of_answer(error: GoogleAPICallError, uri: ObjectURI, *, writing: bool) -> StorageError:
    status = int(error.code or 0)
    content = _content(error)
    if content is None and status in {400, 404, 405}:
        return EndpointError(
            f"what answers at this endpoint does not speak the provider's protocol (HTTP {status})",
            uri.public_text,
        )
    message = str((content or {}).get("message", ""))[:_SHOWN]
    errors = (content or {}).get("errors") or [{}]
    reason = str(errors[0].get("reason", ""))
    if reason in _REASONS:
        kind, meaning = _REASONS[reason]
        return kind(f"{meaning} ({message})", uri.public_text)
    if _PAYER in message:
        hint = "the caller pays for requests to this bucket: add it to SAFELIGHT_GCS_REQUESTER_PAYS"
        return AccessDeniedError(hint, uri.public_text)
    if status == 404 and _NO_BUCKET in message:  # noqa: PLR2004 - HTTP status
        return BucketNotFoundError("no such bucket", uri.public_text)
    return error_for_code("", message, status, uri, writing=writing)


def _content(error: GoogleAPICallError) -> dict[str, Any] | None:
    """The error as the JSON API writes it; None when the answer is none of Google's."""
    if error.response is None:
        return {"message": str(error.message)}
    try:
        content = error.response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return None if error.response.content.strip() else {}
    return content if isinstance(content, dict) else {"message": str(content)}


def _detail(error: Exception) -> str:
    # Further arguments hold the token endpoint's whole answer; what `requests` says may hold a signed URL.
    shown = isinstance(error, GoogleAuthError) and not isinstance(error, InvalidOperation) and error.args
    return f" ({str(error.args[0])[:_SHOWN]})" if shown else ""
