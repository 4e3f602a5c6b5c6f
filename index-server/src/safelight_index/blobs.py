"""The published bytes, named by what they are.

A file is written under `incoming/`, flushed to the disk, and renamed to `files/ab/abcd…` (its SHA-256). Two
uploads of the same name can therefore never mix, a crash leaves nothing that looks whole, and the catalogue's
row is the one truth about which bytes a file name means. METADATA files of wheels are blobs of their own.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 20
_STALE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class StagedBlob:
    """Bytes under `incoming/`, complete and flushed, but not published."""

    path: Path
    sha256: str
    size: int


class BlobStore:
    """The `files/` and `incoming/` directories of a state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._files = state_dir / "files"
        self.incoming = state_dir / "incoming"
        for directory in (self._files, self.incoming):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Say where the bytes with this digest are, or would be."""
        return _place(self._files, sha256)

    @contextmanager
    def stage(self, stream: BinaryIO) -> Iterator[StagedBlob]:
        """Copy a stream to `incoming/`; what `commit` did not take is deleted at the end of the block."""
        descriptor, name = tempfile.mkstemp(dir=self.incoming)
        try:
            digest, size = hashlib.sha256(), 0
            with os.fdopen(descriptor, "wb") as target:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            yield StagedBlob(Path(name), digest.hexdigest(), size)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()

    def commit(self, blob: StagedBlob) -> Path:
        """Move staged bytes to their place; on return they survive a power cut."""
        target = self.path_of(blob.sha256)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        blob.path.replace(target)
        for directory in (target.parent, self._files):
            _flush_directory(directory)
        return target

    def sweep(self) -> None:
        """Delete what crashed uploads left under `incoming/` more than a day ago."""
        limit = time.time() - _STALE_SECONDS
        for leftover in self.incoming.iterdir():
            with suppress(FileNotFoundError):
                if leftover.stat().st_mtime < limit:
                    leftover.unlink()


@lru_cache(maxsize=4096)
def _place(files: Path, sha256: str) -> Path:
    # Cached because making a Path and its text costs more than everything else about a small download.
    return files / sha256[:2] / sha256


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
