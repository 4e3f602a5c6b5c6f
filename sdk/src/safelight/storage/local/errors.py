"""The operating system's errors in Safelight's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from safelight.errors import AccessDeniedError, ObjectExistsError, ObjectNotFoundError, StorageError
from safelight.storage.uri import ObjectURI

_MEANINGS: tuple[tuple[type[OSError], type[StorageError]], ...] = (
    (FileNotFoundError, ObjectNotFoundError),
    (NotADirectoryError, ObjectNotFoundError),
    (PermissionError, AccessDeniedError),
    (FileExistsError, ObjectExistsError),
)


@contextmanager
def translating(uri: ObjectURI) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of other `OSError`s."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        kind = next((ours for theirs, ours in _MEANINGS if isinstance(error, theirs)), StorageError)
        raise kind(error.strerror or type(error).__name__, uri.public_text) from None
