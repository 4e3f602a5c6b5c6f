"""What the two file services of a workspace have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, TypeVar

from safelight.errors import InvalidURIError
from safelight.storage.base import ObjectInfo, PutOptions
from safelight.storage.blocking import about
from safelight.storage.databricks.errors import translating
from safelight.storage.databricks.session import DatabricksSession
from safelight.storage.folders import Entry
from safelight.storage.http.body import Body
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying_blocking
from safelight.storage.uri import ObjectURI

T = TypeVar("T")


class WorkspaceFiles(Protocol):
    """One service. Contracts are those of `ObjectStore`."""

    def head(self, uri: ObjectURI) -> ObjectInfo: ...

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, Body]: ...

    def get_range(self, uri: ObjectURI, start: int, length: int) -> tuple[bytes, ObjectInfo]: ...

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo: ...

    def children(self, folder: ObjectURI) -> list[Entry]:
        """What is in a folder; nothing where it does not exist."""

    def delete(self, uri: ObjectURI) -> None: ...


class Calls:
    """Calls of the SDK with our retries and our errors.

    Args:
        session: the workspace
        retry: how often, and how long
    """

    def __init__(self, session: DatabricksSession, retry: RetryOptions) -> None:
        self._session = session
        self.retry = retry

    def run(self, uri: ObjectURI, call: Callable[[Any], T]) -> T:
        """Call something with the client; an error about the account is told as one about `uri`."""
        return retrying_blocking(self.retry, lambda: self.once(uri, call))

    def once(self, uri: ObjectURI, call: Callable[[Any], T]) -> T:
        """As `run`, for what cannot be sent again."""
        with about(uri), translating(uri):
            return call(self._session.client())


def path_of(uri: ObjectURI) -> str:
    """The absolute path in the workspace.

    Raises:
        InvalidURIError: a folder's name cannot be empty, `.` or `..`
    """
    if {"", ".", ".."} & set(uri.key.split("/")):
        raise InvalidURIError(f"{uri.public_text}: no file of a workspace can have this path")
    return f"/{uri.key}"


def folder_of(uri: ObjectURI) -> str:
    """As `path_of`, for a folder, which may be the topmost."""
    return path_of(uri) if uri.key else "/"


def etag_of(modified: str, size: int) -> str:
    """What stands in for an ETag, which a workspace does not give."""
    return f'"{modified}-{size}"'
