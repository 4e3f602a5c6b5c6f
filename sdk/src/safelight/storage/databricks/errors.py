"""The exceptions of Databricks' SDK in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from databricks.sdk import errors as theirs
from requests.exceptions import ChunkedEncodingError, RequestException, SSLError, Timeout
from requests.exceptions import ConnectionError as BrokenConnectionError

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.uri import ObjectURI

_MEANINGS: Final[tuple[tuple[type[Exception], type[StorageError], str], ...]] = (
    (theirs.Unauthenticated, CredentialsError, "the workspace does not accept the token"),
    (theirs.PermissionDenied, AccessDeniedError, "access denied"),
    (theirs.NotFound, ObjectNotFoundError, "no such object, volume or folder"),
    (theirs.ResourceConflict, ObjectExistsError, "the object exists"),
    (theirs.TooManyRequests, StoreUnavailableError, "the workspace asks to slow down"),
    (theirs.InternalError, StoreUnavailableError, "the workspace failed"),
    (theirs.TemporarilyUnavailable, StoreUnavailableError, "the workspace is unavailable"),
    (theirs.DeadlineExceeded, StoreUnavailableError, "the workspace took too long"),
    (ChunkedEncodingError, IntegrityError, "the answer ended early"),
    (SSLError, EndpointError, "the server's certificate is not trusted, or it does not speak TLS"),
    (Timeout, StorageTimeoutError, "no answer within the time limit"),
    (BrokenConnectionError, StoreUnavailableError, "cannot connect, or the connection broke"),
)


@contextmanager
def translating(uri: ObjectURI) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of the SDK's exceptions."""
    try:
        yield
    except StorageError:
        raise
    except (theirs.DatabricksError, RequestException, TimeoutError) as error:
        raise translate(error, uri) from None


def translate(error: BaseException, uri: ObjectURI) -> StorageError:
    """The error of `safelight.errors` that says what `error` says, but not what it quotes."""
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        return translate(error.__cause__, uri)  # the SDK's own tries are used up
    for kind, ours, reason in _MEANINGS:
        if isinstance(error, kind):
            return ours(reason, uri.public_text)
    code = getattr(error, "error_code", None) or type(error).__name__
    return StorageError(f"the workspace refused the request ({code})", uri.public_text)
