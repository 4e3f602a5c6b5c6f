"""The way of a file into the cache's tree: a draft, a mark, its name, an entry in the books."""

from __future__ import annotations

import errno
import os
import time
from types import TracebackType
from typing import Final

from safelight.cache.draft import Draft
from safelight.cache.index import Entry
from safelight.cache.marks import Mark, write_mark
from safelight.cache.options import CacheOptions
from safelight.cache.space import Space
from safelight.cache.tree import Tree, is_present
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
    """Gives complete files their place. Its calls block, for the time of naming a file.

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

    def draft(self, path: str) -> Writing:
        """The context in which the file of `path` is written; after any error nothing is left of it.

        Raises:
            VanishedError: another try may succeed
            DiskError: other files will fail too
            CacheError: this one cannot be written
        """
        return Writing(self, path)

    def begin(self, path: str) -> Draft:
        """Make the file."""
        try:
            return self._tree.draft(path, self._token)
        except OSError as error:
            raise self.explained(error, path) from error

    def publish(self, draft: Draft, path: str, info: ObjectInfo, *, in_use: bool, replaces: bool) -> bool:
        """Give a complete file its name. Returns whether `Space.flush` is due.

        Args:
            draft: the file
            path: its place
            info: the object
            in_use: whether it is handed out at once, and so may not be evicted for a while
            replaces: whether there was an older copy
        """
        file = draft.complete()
        write_mark(file, Mark(info.size, info.etag, info.md5))
        now = time.time()
        accessed = now if in_use else now - self._unused_seconds
        if replaces:
            # The older copy may have been handed out just now: who has its path must find the new one.
            accessed = max(accessed, _last_access(path))
        os.utime(file, (accessed, now))
        self._tree.share(file)
        if not self._name(draft, path, replace=replaces):
            # Where locks lie somebody else was faster. Theirs may be in use, and ours would seem idle.
            if is_present(path, in_use=in_use):
                return False
            self._name(draft, path, replace=True)  # what is there is being evicted
        return self._space.enter(Entry(self._tree.name_of(path), info.size, accessed, info.etag, info.md5))

    def _name(self, draft: Draft, path: str, *, replace: bool) -> bool:
        try:
            return draft.publish(path, replace=replace)
        except FileNotFoundError:  # the directory was empty meanwhile, and an eviction removed it
            self._tree.forget_directories()
            self._tree.make_parent(path)
            return draft.publish(path, replace=replace)

    def explained(self, error: OSError, path: str) -> CacheError:
        """What it means that `path` cannot be written."""
        reason = f"the media cache cannot write {path}: {error.strerror or error}"
        if isinstance(error, FileNotFoundError):
            self._tree.forget_directories()
            return VanishedError(reason)
        if error.errno in _FULL:
            reason += "; free space there, or choose another FIFTYONE_MEDIA_CACHE_DIR"
        return (DiskError if error.errno in _REFUSED else CacheError)(reason)


class Writing:
    """One draft until it is published. A class, because a generator takes several times as long."""

    __slots__ = ("_draft", "_path", "_publisher")

    def __init__(self, publisher: Publisher, path: str) -> None:
        self._publisher = publisher
        self._path = path

    def __enter__(self) -> Draft:
        self._draft = self._publisher.begin(self._path)
        return self._draft

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draft.close()
        if isinstance(error, OSError) and not isinstance(error, SafelightError):
            raise self._publisher.explained(error, self._path) from error


def _last_access(path: str) -> float:
    try:
        return os.stat(path).st_atime
    except OSError:
        return 0.0
