"""Documents that one import has fetched: upstream reads some of them two or three times.

They lie in a directory of their own, whatever their size, until the import ends.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

KEPT: Final = 8
"""How many documents are kept: what is read again are manifests, not labels of single images."""


class Copies:
    """The documents that one import keeps, the last ones that it fetched."""

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._files: dict[str, Path] = {}
        self._lock = threading.Lock()

    def kept(self, path: str) -> Path | None:
        """The local copy of a document, if there is one."""
        with self._lock:
            return self._files.get(path)

    def bring(self, path: str, fetch: Callable[[str, Path], object]) -> Path:
        """Keep a copy of a document.

        Args:
            path: the document
            fetch: downloads it to a local path; its errors pass through
        """
        copy = self._place() / uuid.uuid4().hex
        fetch(path, copy)
        with self._lock:
            self._files[path] = copy
            surplus = self._files.pop(next(iter(self._files))) if len(self._files) > KEPT else None
        if surplus is not None:
            _delete(surplus)
        return copy

    def forget(self, path: str) -> None:
        """Give up the copy of a document that has changed."""
        with self._lock:
            copy = self._files.pop(path, None)
        if copy is not None:
            _delete(copy)

    def _place(self) -> Path:
        with self._lock:
            if self._directory is None:
                self._directory = Path(tempfile.mkdtemp(prefix="safelight-"))
                weakref.finalize(self, shutil.rmtree, self._directory, ignore_errors=True)
            return self._directory


def _delete(copy: Path) -> None:
    with suppress(OSError):  # on Windows, while it is being read; it goes with the directory
        copy.unlink()
