"""The files of the cache on disk: drafts, then published at once, later discarded.

Every file comes to its final name in one step, complete and marked, so whoever finds a file there
may use it. Nothing here follows a symbolic link out of the cache.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final

from safelight.cache.draft import Draft, can_be_unnamed
from safelight.cache.layout import TEMPORARY_PREFIX
from safelight.cache.marks import Mark, read_mark, write_mark

_TAG: Final = """Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache directory (https://bford.info/cachedir/); backup programs may skip it.
"""
_NOTE: Final = """This directory is Safelight's media cache: copies of objects from cloud storage.

Everything below `media` may be deleted at any time, by hand too; what is needed is downloaded again. Files
are deleted here when the cache is full, least recently used first. Do not keep files of your own here.
"""

_REMOVERS: Final = 8
_REMOVED_TOGETHER: Final = 256

#: The mode of a file that is being evicted. On regular files the bit means nothing to anybody else.
_CONDEMNED: Final = stat.S_ISVTX


@dataclass(frozen=True, slots=True)
class Found:
    """One file of the tree.

    Attributes:
        name: path below `media`
        size: length in bytes
        accessed: when it was last used, in seconds since the epoch
    """

    name: str
    size: int
    accessed: float


class Tree:
    """The directory tree of one cache.

    Args:
        cache_dir: the cache's own directory
    """

    def __init__(self, cache_dir: Path) -> None:
        self.cache_dir = cache_dir
        self.media_dir = str(cache_dir / "media")
        self._salt = os.urandom(4).hex()
        self._numbers = count()
        self._known_directories: set[str] = set()
        self._shared = False

    def prepare(self) -> None:
        """Make the directory and the files that explain it.

        Raises:
            OSError: it cannot be written
        """
        Path(self.media_dir).mkdir(parents=True, exist_ok=True)
        # A directory that its group may write is a shared cache: what we put there is the group's, whatever
        # the umask.
        self._shared = bool(self.cache_dir.stat().st_mode & stat.S_IWGRP)
        for name in ("leases", "media"):
            self._make_directory(str(self.cache_dir / name))
        write_mark(self.media_dir, Mark(0))
        for name, text in (("CACHEDIR.TAG", _TAG), ("README.txt", _NOTE)):
            if not (self.cache_dir / name).exists():
                (self.cache_dir / name).write_text(text, encoding="utf-8")

    @property
    def marks_files(self) -> bool:
        """Whether this file system keeps marks, so that a file without one is not ours."""
        return read_mark(self.media_dir) is not None

    def folds_case(self) -> bool:
        """Whether names that differ in case only are the same here."""
        return (self.cache_dir / "cachedir.tag").exists()

    def name_of(self, path: str) -> str:
        """Return the path below `media` of an absolute path there."""
        return path[len(self.media_dir) + 1 :]

    def make_parent(self, path: str) -> str:
        """Make the directory of `path`, and return it.

        Raises:
            OSError: it cannot be made
        """
        parent = path.rpartition("/")[0]
        if parent not in self._known_directories:
            self._make_directory(parent)
            self._known_directories.add(parent)
        return parent

    def forget_directories(self) -> None:
        """Look again, from now on, whether directories are there: somebody deleted one."""
        self._known_directories.clear()

    def temporary_path(self, parent: str, token: str) -> str:
        """Return a name in `parent` that nobody else uses: it names the process, and a number of its own."""
        return f"{parent}/{TEMPORARY_PREFIX}{token}-{self._salt}-{next(self._numbers):x}.part"

    def draft(self, path: str, token: str) -> Draft:
        """Begin a file that will be at `path`.

        Args:
            path: its place
            token: stands for this process in temporary names

        Raises:
            OSError: it cannot be made
        """
        parent = self.make_parent(path)
        temporary = self.temporary_path(parent, token)
        if self._can_be_unnamed:
            try:
                return Draft(parent, temporary, unnamed=True)
            except OSError as error:
                # The directory of a bucket may be a link to another file system, which cannot.
                if error.errno != errno.EOPNOTSUPP:
                    raise
        return Draft(parent, temporary, unnamed=False)

    def share(self, file: int | str) -> None:
        """Let the group write a file of a shared cache."""
        if self._shared:
            os.chmod(file, 0o664)  # noqa: PTH101 - a descriptor, perhaps

    def adopt(self, source: str, path: str, token: str, *, link: bool) -> None:
        """Publish a copy of a local file, or the file itself by a second name where `link` allows that.

        Raises:
            OSError: it cannot be read or not be written
        """
        temporary = self.temporary_path(self.make_parent(path), token)
        try:
            if not (link and _link(source, temporary)):
                shutil.copyfile(source, temporary)
            write_mark(temporary, Mark(os.stat(temporary).st_size))
            self.share(temporary)
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            raise

    def discard(self, name: str, *, unless_used_since: float) -> int | None:
        """Delete a file of the cache. Returns its size, or None when it has to stay or is gone.

        It is condemned first and looked at again. Users do it the other way round, in `touch`.
        So either they see the sentence or we see that they came, and nobody is handed a file that goes.
        """
        path = f"{self.media_dir}/{name}"
        if not self.contains(path.rpartition("/")[0]):
            return None
        try:
            before = os.lstat(path)
            if not stat.S_ISREG(before.st_mode) or before.st_atime > unless_used_since:
                return None
            if before.st_nlink == 1:  # a second name is its owner's, and so is the mode then
                with suppress(PermissionError):  # another member of the group owns it
                    os.chmod(path, stat.S_IMODE(before.st_mode) | _CONDEMNED)  # noqa: PTH101 - as in `remove`
            if os.lstat(path).st_atime > unless_used_since:
                with suppress(PermissionError):
                    os.chmod(path, stat.S_IMODE(before.st_mode) & ~_CONDEMNED)  # noqa: PTH101 - as in `remove`
                return None
            os.remove(path)  # noqa: PTH107 - as in `remove`
        except OSError:  # gone already, or not ours to delete
            return None
        return before.st_size

    def remove(self, names: Iterable[str]) -> None:
        """Delete files of the cache used or not, and the directories that are empty then."""
        by_directory: dict[str, list[str]] = {}
        for name in names:
            by_directory.setdefault(name.rpartition("/")[0], []).append(name)
        batches = [
            (directory, members[start : start + _REMOVED_TOGETHER])
            for directory, members in by_directory.items()
            for start in range(0, len(members), _REMOVED_TOGETHER)
        ]
        if len(batches) <= 1:
            removed = [self._remove_from(*batch) for batch in batches]
        else:  # each waits for the disk, not for the processor
            with ThreadPoolExecutor(_REMOVERS, thread_name_prefix="safelight-clear") as threads:
                removed = list(threads.map(lambda batch: self._remove_from(*batch), batches))
        for name in dict.fromkeys(members[0] for members in removed if members):
            self.prune(name)

    def _remove_from(self, directory: str, names: list[str]) -> list[str]:
        """Delete files of one directory. Returns them, or nothing when it is not inside the cache."""
        if not self.contains(f"{self.media_dir}/{directory}"):
            return []
        for name in names:
            path = f"{self.media_dir}/{name}"
            with suppress(OSError):  # gone already, or not ours to delete
                if stat.S_ISREG(os.lstat(path).st_mode):
                    os.remove(path)  # noqa: PTH107 - a Path costs as much as all the rest
        return names

    def contains(self, directory: str) -> bool:
        """Whether a directory really is inside the cache, symbolic links resolved."""
        media_dir = os.path.realpath(self.media_dir)
        return f"{os.path.realpath(directory)}/".startswith(f"{media_dir}/")

    def prune(self, name: str) -> None:
        """Remove the directories above a deleted file that are empty now."""
        parent = name.rpartition("/")[0]
        with suppress(OSError):  # the first that is not empty ends it
            while parent:
                Path(f"{self.media_dir}/{parent}").rmdir()
                self._known_directories.discard(f"{self.media_dir}/{parent}")
                parent = parent.rpartition("/")[0]

    def scan(self) -> Iterator[Found]:
        """Walk every regular file, temporary ones included, and no symbolic link."""
        pending = [""]
        while pending:
            directory = pending.pop()
            with suppress(OSError), os.scandir(f"{self.media_dir}/{directory}") as entries:
                for entry in entries:
                    name = f"{directory}/{entry.name}" if directory else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(name)
                    elif entry.is_file(follow_symlinks=False):
                        with suppress(FileNotFoundError):
                            status = entry.stat(follow_symlinks=False)
                            yield Found(name, status.st_size, status.st_atime)

    @cached_property
    def _can_be_unnamed(self) -> bool:
        return can_be_unnamed(self.media_dir, self.temporary_path(self.media_dir, "probe"))

    def _make_directory(self, directory: str) -> None:
        if not self._shared:
            Path(directory).mkdir(parents=True, exist_ok=True)
            return
        missing = []
        while not os.path.isdir(directory):
            missing.append(directory)
            directory = directory.rpartition("/")[0]
        for path in reversed(missing):
            Path(path).mkdir(exist_ok=True)
            with suppress(PermissionError):  # another member of the group was faster
                Path(path).chmod(0o2775)


def _link(source: str, target: str) -> bool:
    """Give a file a second name. Returns False where that cannot be, such as on another file system."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def is_temporary(name: str) -> bool:
    """Whether a path below `media` is a temporary file's."""
    return name.rpartition("/")[2].startswith(TEMPORARY_PREFIX)


def token_of(name: str) -> str:
    """Return the token of the process that made a temporary file."""
    return name.rpartition("/")[2].removeprefix(TEMPORARY_PREFIX).partition("-")[0]


def is_condemned(status: os.stat_result) -> bool:
    """Whether a file is about to be deleted: who needs it downloads it again."""
    return bool(status.st_mode & _CONDEMNED)


def is_present(path: str, *, in_use: bool) -> bool:
    """Whether a file is there; touched when it is handed out, for who brought it may not have done that."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    if is_condemned(status):
        return False
    return touch(path, status.st_mtime_ns) if in_use else True


def touch(path: str, modified_ns: int) -> bool:
    """Set a file's last access to now. Returns False when the file is gone or goes; it need not be ours."""
    try:
        os.utime(path, ns=(time.time_ns(), modified_ns))
        return not is_condemned(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:  # another member of the group owns it: then only both times at once may be set
        with suppress(OSError):
            os.utime(path)
    except OSError:  # a read-only file system evicts nothing
        pass
    return True
