"""Which error an HTTP answer of a store means: one table of error codes, one of status numbers.

The codes are those of Amazon S3 ("Error responses" in its API reference); S3-compatible servers and the XML
interfaces of other providers use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CredentialsError,
    EndpointError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage.uri import ObjectURI

_CODES: dict[str, tuple[type[StorageError], str]] = {
    "NoSuchKey": (ObjectNotFoundError, "no such object"),
    "NoSuchVersion": (ObjectNotFoundError, "no such version of the object"),
    "NoSuchBucket": (BucketNotFoundError, "no such bucket"),
    "NoSuchCORSConfiguration": (ObjectNotFoundError, "no CORS rules are set"),
    "AccessDenied": (AccessDeniedError, "access denied"),
    "UserProjectMissing": (AccessDeniedError, "the caller pays for requests to this bucket"),
    "InvalidAccessKeyId": (CredentialsError, "the store does not know this access key"),
    "SignatureDoesNotMatch": (CredentialsError, "the secret key does not fit the access key"),
    "ExpiredToken": (CredentialsError, "the credentials have expired"),
    "ExpiredTokenException": (CredentialsError, "the credentials have expired"),
    "TokenRefreshRequired": (CredentialsError, "the credentials have expired"),
    "InvalidToken": (CredentialsError, "the session token is not valid"),
    "InvalidClientTokenId": (CredentialsError, "the session token is not valid"),
    "RequestTimeTooSkewed": (CredentialsError, "this machine's clock differs too much from the store's"),
    "AuthorizationHeaderMalformed": (EndpointError, "signed for another region than the bucket's"),
    "PermanentRedirect": (EndpointError, "the bucket is in another region or at another endpoint"),
    "TemporaryRedirect": (EndpointError, "the bucket is in another region or at another endpoint"),
    "PreconditionFailed": (ObjectChangedError, "the object was replaced while it was being read"),
    "InvalidRange": (RangeNotSatisfiableError, "the range lies past the end of the object"),
    "SlowDown": (StoreUnavailableError, "the store asks to slow down"),
    "RequestTimeout": (StoreUnavailableError, "the store waited too long for the request"),
    "InternalError": (StoreUnavailableError, "the store failed"),
    "ServiceUnavailable": (StoreUnavailableError, "the store is unavailable"),
}

_STATUSES: dict[int, tuple[type[StorageError], str]] = {
    401: (CredentialsError, "the store wants (other) credentials"),
    403: (AccessDeniedError, "access denied"),
    404: (ObjectNotFoundError, "no such object or bucket"),
    408: (StoreUnavailableError, "the store waited too long for the request"),
    410: (ObjectNotFoundError, "the object is gone"),
    412: (ObjectChangedError, "the object was replaced while it was being read"),
    416: (RangeNotSatisfiableError, "the range lies past the end of the object"),
    429: (StoreUnavailableError, "the store asks to slow down"),
}

_CODE = re.compile(r"<Code>([^<]+)</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_SHOWN = 200


def error_for_status(status: int, body: str, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error that an HTTP answer means.

    Args:
        status: its status, not 2xx
        body: its body, or as much as there is; empty for answers to HEAD
        uri: what was asked for
        writing: whether the request was to write
    """
    code, message = _CODE.search(body), _MESSAGE.search(body)
    if code is None and body.strip() and status in {400, 404, 405}:
        return EndpointError(
            f"what answers at this endpoint does not speak the provider's protocol (HTTP {status})",
            uri.public_text,
        )
    return error_for_code(
        code[1] if code else "", message[1] if message else "", status, uri, writing=writing
    )


def error_for_code(
    code: str, message: str, status: int, uri: ObjectURI, *, writing: bool = False
) -> StorageError:
    """The error that a provider's error code means; an unknown code is judged by its HTTP status."""
    if writing and (code == "PreconditionFailed" or status == 412):  # noqa: PLR2004 - HTTP status
        return ObjectExistsError("the object exists", uri.public_text)
    kind, meaning = _CODES.get(code) or _by_status(status)
    detail = f" ({code}: {message[:_SHOWN].rstrip('.')})" if code else f" (HTTP {status})"
    return kind(meaning + detail, uri.public_text)


def error_for_transport(kinds: Sequence[str], text: str, uri: ObjectURI) -> StorageError:
    """The error for a request that got no complete answer.

    Args:
        kinds: what went wrong in the words of the HTTP library: `Connect`, `Timeout`, ...
        text: its sentence about it
        uri: what was asked for
    """
    if "Timeout" in kinds:
        return StorageTimeoutError("no answer within the time limit", uri.public_text)
    if "Connect" in kinds:
        return StoreUnavailableError("cannot connect to the endpoint", uri.public_text)
    if kinds:
        return StoreUnavailableError("the connection broke", uri.public_text)
    return StorageError(text.split("\n", 1)[0][:_SHOWN], uri.public_text)


def _by_status(status: int) -> tuple[type[StorageError], str]:
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:  # noqa: PLR2004 - HTTP status
        return StoreUnavailableError, "the store failed"
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP status
        return EndpointError, "the endpoint sends elsewhere"
    return StorageError, "the store refused the request"
