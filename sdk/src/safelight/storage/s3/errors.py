"""boto3's exceptions in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from safelight.errors import (
    CredentialsError,
    IntegrityError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.http_status import error_for_code
from safelight.storage.uri import ObjectURI

_TRANSPORT: tuple[tuple[tuple[type[Exception], ...], type[StorageError], str], ...] = (
    ((ConnectTimeoutError, ReadTimeoutError), StorageTimeoutError, "no answer within the time limit"),
    ((EndpointConnectionError,), StoreUnavailableError, "cannot connect to the endpoint"),
    ((IncompleteReadError,), IntegrityError, "the body ended early"),
    (
        (ConnectionClosedError, ResponseStreamingError, BotoConnectionError, HTTPClientError),
        StoreUnavailableError,
        "the connection broke",
    ),
    (
        (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError),
        CredentialsError,
        "no usable AWS credentials",
    ),
)


@contextmanager
def translating(uri: ObjectURI, *, writing: bool = False) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of boto3's exceptions."""
    try:
        yield
    except S3UploadFailedError as error:  # of an upload in parts: says in words what it was raised for
        raise translate(_reason_of(error), uri, writing=writing) from None
    except (BotoCoreError, ClientError) as error:
        raise translate(error, uri, writing=writing) from None


def _reason_of(error: Exception) -> Exception:
    return error.__context__ if isinstance(error.__context__, Exception) else error


def translate(error: Exception, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(details.get("Code", ""))
        # Answers to HEAD have no body: boto3 then gives the status as the code.
        code = "" if code.isdigit() else code
        return error_for_code(code, str(details.get("Message", "")), status, uri, writing=writing)
    for kinds, meaning, reason in _TRANSPORT:
        if isinstance(error, kinds):
            return meaning(reason, uri.public_text)
    return StorageError(f"{type(error).__name__}: {error}", uri.public_text)
