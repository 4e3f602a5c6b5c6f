"""The way of a file into the cache's tree: a temporary name, a mark, its own name, an entry in the books."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from safelight.cache.index import Entry
from safelight.cache.marks import Mark, write_mark
from safelight.cache.options import CacheOptions
from safelight.cache.space import Space
from safelight.cache.tree import Tree
from safelight.errors import CacheError, SafelightError
from safelight.storage.base import ObjectInfo

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED: Final = _FULL | {errno.EROFS, errno.EACCES, errno.EPERM}
"""What the next file will meet too: the job ends instead of downloading everything for nothing."""


class DiskError(CacheError):
    """The cache's own disk refuses: no space, not writable."""


class VanishedError(CacheError):
    """A directory is gone that we had made: an eviction emptied it, or somebody swept the cache by hand."""


class Publisher:
    """Gives complete files their place. Its calls block, for the time of a rename.

    Args:
        options: the cache's options
        tree: the cache's files
        space: keeps the books
        token: stands for this process in the names of its temporary files
    """

    def __init__(self, options: CacheOptions, tree: Tree, space: Space, token: str) -> None:
        self._unused_seconds = options.grace_seconds + 1.0
        self._tree = tree
        self._space = space
        self._token = token

    @contextmanager
    def temporary(self, path: str) -> Iterator[str]:
        """Yield a path beside `path` to write to; after any error nothing is left of it.

        Raises:
            VanishedError: another try may succeed
            DiskError: other files will fail too
            CacheError: this one cannot be written
        """
        temporary = ""
        try:
            temporary = self._tree.temporary_path(self._tree.make_parent(path), self._token)
            yield temporary
        except BaseException as error:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            if isinstance(error, OSError) and not isinstance(error, SafelightError):
                raise self._explained(error, path) from error
            raise

    def publish(self, temporary: str, path: str, info: ObjectInfo, *, in_use: bool, replaces: bool) -> bool:
        """Give a complete file its name. Returns whether `Space.flush` is due.

        Args:
            temporary: the file
            path: its place
            info: the object
            in_use: whether it is handed out at once, and so may not be evicted for a while
            replaces: whether there was an older copy
        """
        write_mark(temporary, Mark(info.size, info.etag, info.md5))
        now = time.time()
        accessed = now if in_use else now - self._unused_seconds
        if replaces:
            # The older copy may have been handed out just now: who has its path must find the new one.
            accessed = max(accessed, _last_access(path))
        os.utime(temporary, (accessed, now))
        self._tree.publish(temporary, path)
        return self._space.enter(Entry(self._tree.name_of(path), info.size, accessed, info.etag, info.md5))

    def _explained(self, error: OSError, path: str) -> CacheError:
        reason = f"the media cache cannot write {path}: {error.strerror or error}"
        if isinstance(error, FileNotFoundError):
            self._tree.forget_directories()
            return VanishedError(reason)
        if error.errno in _FULL:
            reason += "; free space there, or choose another FIFTYONE_MEDIA_CACHE_DIR"
        return (DiskError if error.errno in _REFUSED else CacheError)(reason)


def _last_access(path: str) -> float:
    try:
        return os.stat(path).st_atime
    except OSError:
        return 0.0
