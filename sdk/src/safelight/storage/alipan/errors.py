"""alipcs-py's exceptions in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from alipcs_py.alipcs.errors import AliPCSError
from requests.exceptions import (
    ChunkedEncodingError,
    HTTPError,
    JSONDecodeError,
    RequestException,
    SSLError,
    Timeout,
)
from requests.exceptions import ConnectionError as BrokenConnectionError

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    ObjectNotFoundError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.http_status import error_for_status
from safelight.storage.uri import ObjectURI

#: By the beginning of Alipan's error code.
_CODES: Final[tuple[tuple[str, type[StorageError], str], ...]] = (
    ("NotFound", ObjectNotFoundError, "no such object or folder"),
    ("AccessToken", CredentialsError, "the refresh token does not do any more: take a new one"),
    ("InvalidParameter.RefreshToken", CredentialsError, "the refresh token does not do: take a new one"),
    ("RefreshToken", CredentialsError, "the refresh token does not do: take a new one"),
    ("Forbidden", AccessDeniedError, "access denied"),
    ("ParamFlow", StoreUnavailableError, "Alipan asks to slow down"),
    ("TooManyRequests", StoreUnavailableError, "Alipan asks to slow down"),
)

_TRANSPORT: Final[tuple[tuple[type[Exception], type[StorageError], str], ...]] = (
    (SSLError, EndpointError, "the server's certificate is not trusted, or it does not speak TLS"),
    (Timeout, StorageTimeoutError, "no answer within the time limit"),
    (ChunkedEncodingError, IntegrityError, "the answer ended early"),
    (JSONDecodeError, StoreUnavailableError, "the answer is not Alipan's"),
    (BrokenConnectionError, StoreUnavailableError, "cannot connect, or the connection broke"),
)


@contextmanager
def translating(uri: ObjectURI) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of alipcs-py's exceptions."""
    try:
        yield
    except (AliPCSError, RequestException) as error:
        raise translate(error, uri) from None


def translate(error: BaseException, uri: ObjectURI) -> StorageError:
    """The error of `safelight.errors` that says what `error` says; its message may quote tokens."""
    if isinstance(error, AliPCSError) and isinstance(error.__cause__, RequestException):
        return translate(error.__cause__, uri)
    if isinstance(error, HTTPError) and error.response is not None:
        return error_for_status(error.response.status_code, "", uri)
    for transport, ours, reason in _TRANSPORT:
        if isinstance(error, transport):
            return ours(reason, uri.public_text)
    code = str(getattr(error, "error_code", "") or type(error).__name__)
    for prefix, ours, reason in _CODES:
        if code.startswith(prefix):
            return ours(reason, uri.public_text)
    return StorageError(f"Alipan refused the request ({code})", uri.public_text)
