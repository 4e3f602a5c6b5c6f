"""urllib3's exceptions in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
    SSLError,
)

from safelight.errors import (
    EndpointError,
    InvalidURIError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.uri import ObjectURI

_MEANINGS: tuple[tuple[tuple[type[Exception], ...], type[StorageError], str], ...] = (
    ((ResponseError,), EndpointError, "the server sends from one address to the next"),
    ((NewConnectionError,), StoreUnavailableError, "cannot connect to the server"),
    ((ConnectTimeoutError, ReadTimeoutError), StorageTimeoutError, "no answer within the time limit"),
    ((SSLError,), EndpointError, "the server's certificate is not trusted, or it does not speak TLS"),
    ((ProtocolError,), StoreUnavailableError, "the connection broke"),
)


@contextmanager
def translating(uri: ObjectURI) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of urllib3's exceptions."""
    try:
        yield
    except ValueError:  # from parsing: a port that is no number, an unfinished IPv6 address
        raise InvalidURIError(f"not a web address: {uri.public_text}") from None
    except HTTPError as error:
        raise translate(error, uri) from None


def translate(error: HTTPError, uri: ObjectURI) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    if isinstance(error, MaxRetryError) and isinstance(error.reason, HTTPError):
        return translate(error.reason, uri)
    for kinds, meaning, reason in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(reason, uri.public_text)
    return StorageError(f"{type(error).__name__}: the request failed", uri.public_text)
