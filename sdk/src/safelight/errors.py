"""Every error that Safelight raises on purpose.

    SafelightError
    ├── ConfigError (ValueError)              a setting is wrong: which one, where it came from
    ├── MissingExtraError (ImportError)       a provider's library is not installed: which extra to install
    ├── InvalidURIError (ValueError)          an address that no provider can mean
    ├── StorageError (OSError)                something about one object or bucket
    │   ├── ObjectNotFoundError (FileNotFoundError)
    │   │   └── BucketNotFoundError
    │   ├── ObjectExistsError (FileExistsError)
    │   ├── AccessDeniedError (PermissionError)      the store knows who asks and says no
    │   │   └── CredentialsError                     no, wrong or expired credentials
    │   ├── ObjectChangedError                       its ETag changed while it was read
    │   ├── IntegrityError                           wrong length or checksum: nothing was kept
    │   ├── RangeNotSatisfiableError
    │   ├── UnsupportedOperationError (io.UnsupportedOperation)   this provider cannot do that at all
    │   └── StoreUnavailableError (ConnectionError)  refused, reset, throttled or 5xx beyond the retries
    │       ├── EndpointError                        nothing that speaks this protocol is there
    │       └── StorageTimeoutError (TimeoutError)
    ├── CacheError (OSError)
    │   └── ObjectTooLargeError               larger than the whole media cache
    ├── DownloadError                         some files of a bulk job failed: all of them, with causes
    ├── DestructiveOperationError (PermissionError)  would delete or overwrite remote media unasked
    ├── ApiConnectionError (ConnectionError)  the API server cannot be used: none, or untrusted
    │   ├── ApiKeyRefusedError (PermissionError)     it does not accept the key, or not any more
    │   └── ApiUnavailableError                      it cannot be reached now
    ├── ApiRequestError                       the team's API server refuses one request, and why
    │   ├── ApiForbiddenError (PermissionError)      who asks may not do that
    │   ├── ApiNotFoundError (LookupError, ValueError)  there is no such thing, or none to be known of
    │   └── ApiInvalidError (ValueError)             it does not fit things as they are, or cannot be meant
    ├── WireProtocolError (ValueError)        bytes that are no MongoDB message, or one that is refused
    └── BuildError (ValueError)               a wheel is not what it says, or ours cannot be made from it

Each class also has the builtin parent that a caller would expect, so that `except FileNotFoundError` keeps
working in scripts that were written for local files. Errors survive pickling (they cross worker processes),
and say which object they are about without ever showing a credential or a signed query string.
"""

from __future__ import annotations

import io
from collections.abc import Mapping


class SafelightError(Exception):
    """Root of every error that Safelight raises on purpose."""


class ConfigError(SafelightError, ValueError):
    """A setting is wrong."""


class MissingExtraError(SafelightError, ImportError):
    """A provider's library is not installed."""


class InvalidURIError(SafelightError, ValueError):
    """An address that no provider can mean."""


class StorageError(SafelightError, OSError):
    """Something went wrong with one object, prefix or bucket.

    Args:
        reason: what happened, and what to do about it, in a sentence
        uri: the object, prefix or bucket, as the user wrote it, without a query string
    """

    def __init__(self, reason: str, uri: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.uri = uri

    def __str__(self) -> str:
        return f"{self.uri}: {self.reason}" if self.uri else self.reason

    def __reduce__(self) -> tuple[type[StorageError], tuple[str, str]]:
        return type(self), (self.reason, self.uri)


class ObjectNotFoundError(StorageError, FileNotFoundError):
    """There is no such object."""


class BucketNotFoundError(ObjectNotFoundError):
    """There is no such bucket."""


class ObjectExistsError(StorageError, FileExistsError):
    """The object exists and the call asked not to overwrite it."""


class AccessDeniedError(StorageError, PermissionError):
    """The store refused the caller."""


class CredentialsError(AccessDeniedError):
    """There are no credentials, or the store does not accept them."""


class ObjectChangedError(StorageError):
    """The object was replaced while it was being read."""


class IntegrityError(StorageError):
    """The bytes that arrived are not the object's: nothing was kept."""


class RangeNotSatisfiableError(StorageError):
    """The range lies past the end of the object."""


class UnsupportedOperationError(StorageError, io.UnsupportedOperation):
    """The provider has no such operation: nobody can list or write an HTTP address."""


class StoreUnavailableError(StorageError, ConnectionError):
    """The store did not answer, or answered that it cannot now, beyond the retries."""


class EndpointError(StoreUnavailableError):
    """Nothing that speaks the provider's protocol answers at the endpoint."""


class StorageTimeoutError(StoreUnavailableError, TimeoutError):
    """The store took longer than the configured limit."""


class CacheError(SafelightError, OSError):
    """The media cache's directory cannot be used."""


class ObjectTooLargeError(CacheError):
    """The object is larger than the whole media cache."""


class DownloadError(SafelightError):
    """Some files of a bulk job failed.

    Args:
        failures: the cause for each address that failed
        total: how many files the job had
    """

    SHOWN = 3

    def __init__(self, failures: Mapping[str, Exception], total: int) -> None:
        super().__init__(failures, total)
        self.failures = dict(failures)
        self.total = total

    def __str__(self) -> str:
        causes = [
            f"  {type(error).__name__}: {error}" for error in list(self.failures.values())[: self.SHOWN]
        ]
        more = len(self.failures) - len(causes)
        rest = [f"  ... and {more} more"] if more else []
        return "\n".join([f"{len(self.failures)} of {self.total} files failed:", *causes, *rest])


class DestructiveOperationError(SafelightError, PermissionError):
    """The operation would delete, move or overwrite remote media, and nobody asked for that by name."""


class ApiConnectionError(SafelightError, ConnectionError):
    """The team's API server cannot be used."""


class ApiKeyRefusedError(ApiConnectionError, PermissionError):
    """The API server does not accept the key, or does not any more."""


class ApiUnavailableError(ApiConnectionError):
    """The API server cannot be reached now: trying again later is right."""


class ApiRequestError(SafelightError):
    """The team's API server refuses one request.

    Args:
        reason: what it says, for people
        status: of HTTP
        code: the name of the error, for programs: `UserExists`, `NotManager`, ...
    """

    def __init__(self, reason: str, status: int, code: str) -> None:
        super().__init__(reason, status, code)
        self.reason = reason
        self.status = status
        self.code = code

    def __str__(self) -> str:
        return self.reason


class ApiForbiddenError(ApiRequestError, PermissionError):
    """Who asks may not do that."""


class ApiNotFoundError(ApiRequestError, LookupError, ValueError):
    """There is no such thing, or none that the caller may know of."""


class ApiInvalidError(ApiRequestError, ValueError):
    """The request does not fit things as they are, or cannot be meant."""


class WireProtocolError(SafelightError, ValueError):
    """Bytes that are not MongoDB's wire protocol, or a part of it that is refused."""


class BuildError(SafelightError, ValueError):
    """A wheel is not what it says, or ours cannot be made from it."""
