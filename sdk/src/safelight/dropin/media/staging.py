"""Local files to write to, which are uploaded when they are whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safelight.dropin.files import guarded


class StagedOutput:
    """A local place to write to instead of a remote file, or sequence of files.

    Args:
        url: where the output belongs
    """

    def __init__(self, url: str) -> None:
        from safelight.runtime import get_runtime

        self.url = url
        self._uri = get_runtime().stores.parse(url)
        self._directory = Path(tempfile.mkdtemp(prefix="safelight-"))

    @property
    def path(self) -> str:
        """Where to write: the same name, which tells ffmpeg the format, in a directory of its own."""
        return str(self._directory / self._uri.name)

    def upload(self) -> None:
        """Put everything that was written where it belongs.

        Raises:
            DestructiveOperationError: something is there already, and nobody allowed to overwrite it
            StorageError: as the store says
        """
        written = sorted(self._directory.iterdir())
        if not written:
            raise OSError(f"{self._uri.public_text}: nothing was written")
        guarded.copy_new_files([str(file) for file in written], [self._target(file.name) for file in written])

    def _target(self, name: str) -> str:
        return self.url if name == self._uri.name else self._uri.parent.child(name).text

    def discard(self) -> None:
        """Delete what is left on the local disk."""
        shutil.rmtree(self._directory, ignore_errors=True)


@contextmanager
def staged_file(url: str) -> Iterator[Path]:
    """Give a local path of the same name, and upload what was written there unless an error passes through.

    Raises:
        DestructiveOperationError: there is an object already, and nobody allowed to overwrite it
        StorageError: as the store says
    """
    output = StagedOutput(url)
    try:
        yield Path(output.path)
        output.upload()
    finally:
        output.discard()
