"""What fsspec's file systems raise, in Safelight's words.

Behind fsspec may be any library, so any exception may come; the message of a strange one is not shown, for it
may quote a password.
"""

from __future__ import annotations

import ftplib
from collections.abc import Iterator
from contextlib import contextmanager

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    ObjectExistsError,
    ObjectNotFoundError,
    SafelightError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
    UnsupportedOperationError,
)
from safelight.storage.http_status import error_for_code
from safelight.storage.uri import ObjectURI

_MEANINGS: tuple[tuple[type[Exception], type[StorageError], str], ...] = (
    (FileNotFoundError, ObjectNotFoundError, "no such object"),
    (NotADirectoryError, ObjectNotFoundError, "no such object: a file is where a folder should be"),
    (IsADirectoryError, ObjectNotFoundError, "a folder, not an object"),
    (FileExistsError, ObjectExistsError, "the object exists"),
    (PermissionError, AccessDeniedError, "access denied"),
    (TimeoutError, StorageTimeoutError, "no answer within the time limit"),
    (ConnectionError, StoreUnavailableError, "cannot connect, or the connection broke"),
    (EOFError, StoreUnavailableError, "the connection broke"),
    (ftplib.error_temp, StoreUnavailableError, "the server cannot now"),
    (NotImplementedError, UnsupportedOperationError, "this file system cannot do that"),
)

#: Of libraries that need not be installed: by the name of the class or of one that it extends.
_BY_NAME: dict[str, tuple[type[StorageError], str]] = {
    "AuthenticationException": (CredentialsError, "the server refuses the user, the password or the key"),
    "UnknownHostKeyError": (EndpointError, "the server's host key is not in ~/.ssh/known_hosts"),
    "BadHostKeyException": (EndpointError, "the server's host key is another one than in known_hosts"),
    "SSHException": (StoreUnavailableError, "the SSH connection failed"),
    "NoValidConnectionsError": (StoreUnavailableError, "cannot connect to the server"),
    "gaierror": (StoreUnavailableError, "cannot connect: there is no such host"),
    # aiohttp
    "ClientConnectionError": (StoreUnavailableError, "cannot connect, or the connection broke"),
    "ClientPayloadError": (IntegrityError, "the answer ended early"),
    "ServerTimeoutError": (StorageTimeoutError, "no answer within the time limit"),
    # requests
    "ChunkedEncodingError": (IntegrityError, "the answer ended early"),
    "ConnectionError": (StoreUnavailableError, "cannot connect, or the connection broke"),
    "Timeout": (StorageTimeoutError, "no answer within the time limit"),
    # httpx
    "TimeoutException": (StorageTimeoutError, "no answer within the time limit"),
    "TransportError": (StoreUnavailableError, "cannot connect, or the connection broke"),
}


@contextmanager
def translating(uri: ObjectURI) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of any other exception."""
    try:
        yield
    except SafelightError:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        raise translate(error, uri) from None


def translate(error: Exception, uri: ObjectURI) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    if isinstance(error, ftplib.error_perm):
        return _ftp_refusal(str(error)[:3], uri)
    if meaning := _meaning_of(error):
        ours, reason = meaning
        return ours(reason, uri.public_text)
    if status := _status_of(error):
        return error_for_code("", "", status, uri)
    detail = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return StorageError(f"the file system failed with {type(error).__name__}{detail}", uri.public_text)


def is_lost_connection(error: BaseException) -> bool:
    """Whether `error`, translated or not, says that the server is not there or has hung up."""
    meaning = _meaning_of(error)  # a translated one is a `ConnectionError` itself
    return meaning is not None and meaning[0] is StoreUnavailableError


def _meaning_of(error: BaseException) -> tuple[type[StorageError], str] | None:
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_NAME:
            return _BY_NAME[kind.__name__]
    for theirs, ours, reason in _MEANINGS:
        if isinstance(error, theirs):
            return ours, reason
    return None


def _status_of(error: BaseException | None) -> int | None:
    """The HTTP status that led to `error`, as httpx, requests and aiohttp tell it."""
    while error is not None:
        for holder in (error, getattr(error, "response", None)):
            for name in ("status_code", "status"):
                status = getattr(holder, name, None)
                if isinstance(status, int):
                    return status
        error = error.__cause__
    return None


def _ftp_refusal(code: str, uri: ObjectURI) -> StorageError:
    if code in {"530", "532"}:
        return CredentialsError("the server refuses the user or the password", uri.public_text)
    return AccessDeniedError(f"the server refuses ({code}): no such file, or no permission", uri.public_text)
