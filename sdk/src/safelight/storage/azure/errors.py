"""Azure's error codes and azure-core's exceptions in Safelight's words.

The codes are those of "Common REST API error codes" and "Blob Storage error codes" in Azure's documentation.
What the service says beside the code is not shown: it quotes signatures and the text that was to be signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.http_status import error_for_code
from safelight.storage.uri import ObjectURI

_CODES: Final[Mapping[str, tuple[type[StorageError], str]]] = {
    "AccountIsDisabled": (AccessDeniedError, "the storage account is disabled"),
    "AuthenticationFailed": (
        CredentialsError,
        "the account's key or signature is wrong or has expired, or this machine's clock is",
    ),
    "AuthorizationFailure": (
        AccessDeniedError,
        "access denied, by the credentials' rights or by the account's network rules",
    ),
    "AuthorizationPermissionMismatch": (
        AccessDeniedError,
        "the credentials lack the right to do this: a role such as Storage Blob Data Reader",
    ),
    "AuthorizationProtocolMismatch": (AccessDeniedError, "the signature is for https only"),
    "AuthorizationResourceTypeMismatch": (AccessDeniedError, "the signature is not for this kind of request"),
    "AuthorizationServiceMismatch": (AccessDeniedError, "the signature is not for blobs"),
    "AuthorizationSourceIPMismatch": (AccessDeniedError, "the signature is not for this IP address"),
    "BlobAlreadyExists": (ObjectExistsError, "the object exists"),
    "BlobArchived": (AccessDeniedError, "the object is in the archive tier: rehydrate it first"),
    "BlobBeingRehydrated": (AccessDeniedError, "the object is on its way out of the archive tier"),
    "BlobNotFound": (ObjectNotFoundError, "no such object"),
    "CannotVerifyCopySource": (ObjectNotFoundError, "the source of the copy is not there, or not readable"),
    "ConditionNotMet": (ObjectChangedError, "the object was replaced while it was being read"),
    "ContainerBeingDeleted": (BucketNotFoundError, "the container is being deleted"),
    "ContainerDisabled": (AccessDeniedError, "the container is disabled"),
    "ContainerNotFound": (BucketNotFoundError, "no such container"),
    "FeatureVersionMismatch": (AccessDeniedError, "the account does not support this"),
    "InsufficientAccountPermissions": (AccessDeniedError, "the account lacks the right to do this"),
    "InternalError": (StoreUnavailableError, "the store failed"),
    "InvalidAuthenticationInfo": (CredentialsError, "the token is not for this account, or has expired"),
    "InvalidRange": (RangeNotSatisfiableError, "the range lies past the end of the object"),
    "KeyBasedAuthenticationNotPermitted": (CredentialsError, "the account takes no keys: use Entra ID"),
    "Md5Mismatch": (IntegrityError, "other bytes arrived at the store than were sent"),
    "NoAuthenticationInformation": (CredentialsError, "the store wants credentials"),
    "OperationTimedOut": (StoreUnavailableError, "the store took too long"),
    "PublicAccessNotPermitted": (AccessDeniedError, "the account has no public containers: use credentials"),
    "ResourceNotFound": (ObjectNotFoundError, "no such object or container, or not for anybody"),
    "SnapshotsPresent": (StorageError, "the object has snapshots, which would go with it: delete them first"),
    "ServerBusy": (StoreUnavailableError, "the store asks to slow down"),
}

_TRANSPORT: Final[tuple[tuple[tuple[type[Exception], ...], type[StorageError], str], ...]] = (
    (
        (ServiceRequestTimeoutError, ServiceResponseTimeoutError),
        StorageTimeoutError,
        "no answer within the time limit",
    ),
    ((IncompleteReadError,), IntegrityError, "the body ended early"),
    ((ServiceRequestError,), StoreUnavailableError, "cannot connect to the endpoint"),
    ((ServiceResponseError,), StoreUnavailableError, "the connection broke"),
)


@contextmanager
def translating(uri: ObjectURI, *, writing: bool = False) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of azure-core's exceptions and of errors of the account."""
    try:
        yield
    except AzureError as error:
        raise translate(error, uri, writing=writing) from None
    except StorageError as error:
        raise type(error)(error.reason, error.uri or uri.public_text) from None


def translate(error: AzureError, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    for kinds, meaning, reason in _TRANSPORT:
        if isinstance(error, kinds):
            return meaning(reason, uri.public_text)
    response: Any = (
        error.response if isinstance(error, HttpResponseError) else None
    )  # its kinds share no type
    if response is not None:
        code = response.headers.get("x-ms-error-code") or getattr(error, "error_code", "") or ""
        return error_for_answer(str(code), response.status_code, uri, writing=writing)
    if isinstance(error, ClientAuthenticationError):
        reason = str(error).strip().partition("\n")[0]
        return CredentialsError(f"no token for Azure Storage: {reason}", uri.public_text)
    return StorageError(f"{type(error).__name__}: the request failed", uri.public_text)


def error_for_answer(code: str, status: int, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error that an answer of Azure Storage means.

    Args:
        code: its `x-ms-error-code`; empty where there is none
        status: its HTTP status, not 2xx
        uri: what was asked for
        writing: whether the request was to write
    """
    if code in _CODES and not (writing and code == "ConditionNotMet"):
        kind, meaning = _CODES[code]
        return kind(f"{meaning} ({code})", uri.public_text)
    if not code and status in {400, 404, 405}:
        return EndpointError(
            f"what answers at this endpoint is not Azure Storage (HTTP {status})", uri.public_text
        )
    plain = error_for_code("", "", status, uri, writing=writing)
    return type(plain)(f"{plain.reason}: {code}", plain.uri) if code else plain
