"""The body of a file that fsspec has opened."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from safelight.errors import StorageTimeoutError
from safelight.storage.fsspec.errors import translating
from safelight.storage.fsspec.pool import FileSystems
from safelight.storage.uri import ObjectURI

_CHUNK = 1 << 20


class FileBody:
    """Chunks of a file; its connection is free again when it has been read or closed.

    Args:
        uri: whose body
        file: the open file
        fs: the file system that it belongs to
        systems: whom to give that back
        seconds: how long the body may take
    """

    def __init__(self, uri: ObjectURI, file: Any, fs: Any, systems: FileSystems, seconds: float) -> None:
        self._uri = uri
        self._file = file
        self._fs = fs
        self._systems = systems
        self._deadline = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        if self._fs is None:
            return b""
        if time.monotonic() > self._deadline:
            late = StorageTimeoutError("no end within the time limit", self._uri.public_text)
            self._end(late)
            raise late
        try:
            with translating(self._uri):
                chunk = bytes(self._file.read(_CHUNK))
        except BaseException as error:
            self._end(error)
            raise
        if not chunk:
            self.close()
        return chunk

    def close(self) -> None:
        self._end()

    def _end(self, error: BaseException | None = None) -> None:
        fs, self._fs = self._fs, None
        if fs is not None:
            try:
                with translating(self._uri):
                    self._file.close()
            except BaseException as failed:
                error = failed
                raise
            finally:
                self._systems.give_back(fs, error)
