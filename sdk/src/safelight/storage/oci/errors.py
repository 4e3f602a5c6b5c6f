"""The exceptions of Oracle's SDK in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from oci._vendor.requests.exceptions import ConnectionError as BrokenConnectionError  # the SDK's own copy
from oci._vendor.requests.exceptions import RequestException, SSLError, Timeout
from oci.exceptions import ClientError, ServiceError

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    EndpointError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.http_status import error_for_code
from safelight.storage.uri import ObjectURI

#: "API Errors" in Oracle's documentation, and those of Object Storage.
_CODES: Final[dict[str, tuple[type[StorageError], str]]] = {
    "ObjectNotFound": (ObjectNotFoundError, "no such object"),
    "BucketNotFound": (
        BucketNotFoundError,
        "no such bucket in this namespace, or this user may not see it",
    ),
    "NamespaceNotFound": (BucketNotFoundError, "no such namespace, or this user may not see it"),
    "NotAuthorizedOrNotFound": (AccessDeniedError, "access denied, or no such bucket"),
    "NotAuthenticated": (CredentialsError, "the key, its fingerprint or its user is wrong"),
    "SignUpRequired": (CredentialsError, "the tenancy has not signed up"),
    "IfNoneMatchFailed": (ObjectExistsError, "the object exists"),
    "IfMatchFailed": (ObjectChangedError, "the object was replaced while it was being read"),
    "TooManyRequests": (StoreUnavailableError, "the store asks to slow down"),
}

_TRANSPORT: tuple[tuple[type[Exception], type[StorageError], str], ...] = (
    (SSLError, EndpointError, "the server's certificate is not trusted, or it does not speak TLS"),
    (Timeout, StorageTimeoutError, "no answer within the time limit"),
    (BrokenConnectionError, StoreUnavailableError, "cannot connect, or the connection broke"),
    (RequestException, StorageError, "the request failed"),
)


@contextmanager
def translating(uri: ObjectURI, *, writing: bool = False) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of the SDK's exceptions."""
    try:
        yield
    except (ServiceError, ClientError, RequestException) as error:
        raise translate(error, uri, writing=writing) from None


def translate(error: Exception, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    if isinstance(error, ServiceError):
        return error_for_failure(error.code, error.message, error.status, uri, writing=writing)
    inner = next((each for each in error.args if isinstance(each, RequestException)), error)
    for theirs, ours, reason in _TRANSPORT:
        if isinstance(inner, theirs):
            return ours(reason, uri.public_text)
    return CredentialsError(f"unusable OCI configuration: {error}", uri.public_text)


def error_for_failure(
    code: Any, message: Any, status: int, uri: ObjectURI, *, writing: bool = False
) -> StorageError:
    """The error that a service's code means; an unknown code is judged by the HTTP status."""
    found = _CODES.get(str(code))
    if found is None:
        return error_for_code(str(code or ""), str(message or ""), status, uri, writing=writing)
    kind, meaning = found
    return kind(f"{meaning} ({code})", uri.public_text)
