"""File objects for remote files: a staged file that is uploaded when it is closed, and a ranged reader.

A staged file is a real local file with the name's suffix. `close()` uploads it, so readers of the store see
the old object or the whole new one. Leaving a `with` block by an exception, or never closing it, uploads
nothing.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

logger = logging.getLogger(__name__)

RANGE_BUFFER: Final = 1024 * 1024
"""Bytes that a ranged reader asks for at once: a request costs as much time as some hundred KB."""

_MODE: Final = re.compile(r"[rwax](?:\+?[bt]?|[bt]\+)")
_UPDATING: Final = {"w": "w+b", "x": "w+b", "a": "a+b", "r": "r+b"}


class StagedFile:
    """A temporary file that stands for a remote one until it is committed or discarded.

    Args:
        name: the file's name: libraries look at the suffix, and archives at all of it
        upload: sends the finished file to where it belongs
    """

    def __init__(self, name: str, upload: Callable[[Path], object]) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="safelight-"))
        self.path = self._directory / (_local_name(name) or "staged")
        self._upload = upload

    def commit(self) -> None:
        """Upload the file, then delete it.

        Raises:
            StorageError: the store did not take it; it is deleted all the same
        """
        try:
            self._upload(self.path)
        finally:
            self.discard()

    def discard(self) -> None:
        """Delete the file."""
        shutil.rmtree(self._directory, ignore_errors=True)


class _CommitsOnClose:
    """Mixin of an `io` class: the staged file's fate is decided when the file object is closed."""

    staged: StagedFile
    doomed = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.doomed = kind is not None
        self.close()

    def close(self) -> None:
        if self.closed:  # type: ignore[attr-defined] # the io class that follows in the MRO has it
            return
        try:
            super().close()  # type: ignore[misc] # as above
        except BaseException:
            self.staged.discard()
            raise
        if self.doomed:
            self.staged.discard()
        else:
            self.staged.commit()

    def __del__(self) -> None:
        if hasattr(self, "staged") and not self.closed:  # type: ignore[attr-defined] # as above
            logger.warning("%s was never closed: nothing is uploaded", self.staged.path.name)
            self.doomed = True
            self.close()


class StagedBinary(_CommitsOnClose, io.BufferedRandom):
    """A binary file that is uploaded when it is closed."""


class StagedText(_CommitsOnClose, io.TextIOWrapper):
    """A text file that is uploaded when it is closed."""


def open_staged(staged: StagedFile, mode: str, **text_options: Any) -> StagedBinary | StagedText:
    """Open a staged file.

    Args:
        staged: the file; it exists already for the modes that keep what is there
        mode: as of `open`, one that writes
        **text_options: `encoding`, `errors` and `newline` of text modes
    """
    try:
        raw = io.FileIO(staged.path, _UPDATING[mode[0]])
        file = StagedBinary(raw) if "b" in mode else StagedText(io.BufferedRandom(raw), **text_options)
    except BaseException:
        staged.discard()
        raise
    file.staged = staged
    return file


def check_mode(mode: str) -> None:
    """Refuse what `open` refuses.

    Raises:
        ValueError: there is no such mode
    """
    if not _MODE.fullmatch(mode):
        raise ValueError(f"invalid mode: {mode!r}")


class Ranges(Protocol):
    """Reads `length` bytes from `start`; fewer at the end."""

    def __call__(self, start: int, length: int) -> bytes: ...


class RangedReader(io.RawIOBase):
    """A seekable reader that fetches only what is read.

    Args:
        fetch: reads one range
        size: of the whole file
    """

    def __init__(self, fetch: Ranges, size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        data = self._fetch(self._position, length)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def readall(self) -> bytes:
        # The base class would ask for 8 KB at a time.
        data = (
            self._fetch(self._position, self._size - self._position) if self._position < self._size else b""
        )
        self._position += len(data)
        return data


class RangedFile(io.BufferedReader):
    """A buffered `RangedReader` under the name of upstream's teardown."""

    def __init__(self, fetch: Ranges, size: int) -> None:
        super().__init__(RangedReader(fetch, size), RANGE_BUFFER)

    def release(self) -> None:
        """Close the file, as `close`."""
        self.close()


def _local_name(name: str) -> str:
    """A name that this machine's file systems take, with the suffix kept."""
    safe = "".join(letter if letter.isalnum() or letter in "._-+ " else "_" for letter in name)
    return safe[-100:].lstrip(".")
