"""What to do about an error of a store, by its kind: the most special kind first."""

from __future__ import annotations

import re
from typing import Final

from safelight.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    ConfigError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    InvalidURIError,
    MissingExtraError,
    ObjectNotFoundError,
    StorageTimeoutError,
    StoreUnavailableError,
)

_REMEDIES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (MissingExtraError, "installation", ""),
    (InvalidURIError, "address", "docs/guides/cloud-credentials.md lists the forms of every provider"),
    (ConfigError, "configuration", ""),
    (
        CredentialsError,
        "authentication",
        "`safelight storage whoami URL` says which credentials are used and where they come from",
    ),
    (
        AccessDeniedError,
        "permission",
        "the credentials are known there, but may not do this: ask the bucket's owner for the right",
    ),
    (BucketNotFoundError, "bucket", "check the bucket's spelling, account and region"),
    (
        ObjectNotFoundError,
        "object",
        "check the key byte for byte: case, spaces and % count",
    ),
    (EndpointError, "endpoint", "check the endpoint URL: the API's, not the console's, and the right region"),
    (
        StorageTimeoutError,
        "time limit",
        "the server takes connections but does not answer: is it overloaded?",
    ),
    (StoreUnavailableError, "server", "try again; if it stays, the server or something before it is down"),
    (IntegrityError, "checksum", "the bytes changed on the way: a proxy or the store rewrites them"),
)


#: How stores that know no newer checksums refuse them: S3's code, or the header's name in a message.
_CHECKSUM: Final = re.compile(r"NotImplemented|x-amz-(?:sdk-)?checksum|aws-chunked|trailer", re.IGNORECASE)
_OLD_CHECKSUMS: Final = (
    "the store knows no newer checksums: put it behind S3_ENDPOINT_URL, or set "
    '"extra_client_kwargs": {"s3": {"request_checksum_calculation": "when_required"}}'
)


def hop_and_remedy(error: Exception) -> tuple[str, str]:
    """Name the hop that an error is about, and what to do."""
    if "clock" in str(error) and isinstance(error, CredentialsError):
        return "clock", "set this machine's clock (NTP)"
    if _CHECKSUM.search(str(error)) and not isinstance(error, IntegrityError):
        return "checksum support", _OLD_CHECKSUMS
    for kind, hop, remedy in _REMEDIES:
        if isinstance(error, kind):
            return hop, remedy
    return "request", ""
