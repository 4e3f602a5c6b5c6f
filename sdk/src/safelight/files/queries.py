"""What is there: the questions of `os.path`, `os.listdir`, `os.walk` and `glob`, also about object stores.

A "directory" of an object store exists as long as an object lies below it; an object whose key ends with `/`
(the marker that web consoles leave) makes one exist and is no file.
"""
# ruff: noqa: PTH110, PTH112, PTH113, PTH202, PTH208 - `os.path` is what these functions stand for

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from safelight.errors import BucketNotFoundError, ObjectNotFoundError
from safelight.files import paths
from safelight.files.access import Access
from safelight.files.globbing import Glob
from safelight.files.listing import LARGEST_LISTING, Names
from safelight.storage.base import ObjectInfo
from safelight.storage.uri import ObjectURI, is_remote


class Entry(NamedTuple):
    """One file below a remote directory: its path relative to it, and what the store says of it."""

    relative: str
    info: ObjectInfo


class Queries(Access):
    """Read-only questions; a local path gets `os`'s answer."""

    def info(self, path: str) -> ObjectInfo:
        """Describe an object.

        Raises:
            ObjectNotFoundError: there is no such object
            StorageError: as the store says
        """
        store, uri = self._store_for(path)
        return self._portal.run(store.head(uri))

    def buckets(self, provider: str) -> Sequence[ObjectURI]:
        """List the buckets of a provider's account.

        Raises:
            UnsupportedOperationError: the provider cannot
            StorageError: as the store says
        """
        return self._portal.run(self._stores.buckets(provider))

    def size(self, path: str) -> int:
        """A file's length in bytes.

        Raises:
            FileNotFoundError: there is no such file
        """
        if not is_remote(path):
            return os.path.getsize(path)
        names = self._names_around(path)
        known = names.files.get(paths.basename(path)) if names else None
        return self.info(path).size if known is None else known

    def exists(self, path: str) -> bool:
        """Say whether there is a file or directory."""
        return self.isfile(path) or self.isdir(path) if is_remote(path) else os.path.exists(path)

    def isfile(self, path: str) -> bool:
        """Say whether there is a file."""
        if not is_remote(path):
            return os.path.isfile(path)
        if not paths.basename(path):
            return False
        if (names := self._names_around(path)) is not None:
            return paths.basename(path) in names.files
        try:
            self.info(path)
        except ObjectNotFoundError:
            return False
        return True

    def isdir(self, path: str) -> bool:
        """Say whether there is a directory: of an object store, a bucket or what has an object below it."""
        if not is_remote(path):
            return os.path.isdir(path)
        snapshot = self._snapshots.current
        if snapshot and (names := snapshot.names_in(path)):
            return bool(names.files or names.directories)
        if self._stores.parse(path).provider == "http":
            return False  # the web has no directories: upstream asks this of any address in a label file
        try:
            # Recursive: some stores go on to name a prefix for a while when nothing is below it any more.
            first = next(self._pages(path, recursive=True), None)
        except BucketNotFoundError:
            return False
        return self._is_bucket(path) or (first is not None and bool(first.objects))

    def _is_bucket(self, path: str) -> bool:
        return not self._stores.parse(path).key

    def _is_listed(self, path: str) -> bool:
        """Whether listings spell the address like this: the web has none, and URLs have many spellings."""
        uri = self._stores.parse(path)
        return uri.provider != "http" and uri.with_key(uri.key).text + uri.query == path

    def _names_around(self, path: str, *, at_once: bool = False) -> Names | None:
        """What the open snapshot knows of the file's directory, listed now if that pays or `at_once`."""
        snapshot = self._snapshots.current
        if snapshot is None or not self._is_listed(path):
            return None
        directory = paths.dirname(path)
        names = snapshot.names_in(directory)
        if names is None and (snapshot.worth_listing(directory) or at_once):
            snapshot.store(directory, self._names_in(directory, limit=LARGEST_LISTING))
            names = snapshot.names_in(directory)
        return names

    def _names_in(self, directory: str, limit: float = math.inf) -> Names:
        """List one directory; a few more than `limit` names tell that there are too many."""
        names = Names()
        start = len(self._prefix_of(directory).tail)
        for page in self._pages(directory, recursive=False):
            names.files.update((info.uri.tail[start:], info.size) for info in page.objects)
            names.directories.update(prefix.tail[start:].removesuffix("/") for prefix in page.prefixes)
            if len(names.files) > limit:
                break
        names.files.pop("", None)
        return names

    def entries(self, directory: str, *, recursive: bool = False) -> Iterator[Entry]:
        """Every file of a remote directory, hidden ones too; none when there is no such directory."""
        start = len(self._prefix_of(directory).tail)
        for page in self._pages(directory, recursive=recursive):
            for info in page.objects:
                relative = info.uri.tail[start:]
                if relative and not relative.endswith("/"):
                    yield Entry(_relative(relative), info)

    def list_files(
        self, directory: str, *, recursive: bool = False, hidden: bool = False, sort: bool = True
    ) -> list[str]:
        """Paths of a remote directory's files, relative to it."""
        found = [entry.relative for entry in self.entries(directory, recursive=recursive)]
        kept = found if hidden else [name for name in found if not paths.basename(name).startswith(".")]
        return sorted(kept) if sort else kept

    def list_subdirs(self, directory: str, *, recursive: bool = False, hidden: bool = False) -> list[str]:
        """Paths of a remote directory's subdirectories, relative to it and sorted."""
        if recursive:
            found = _directories_of(entry.relative for entry in self.entries(directory, recursive=True))
        else:
            found = self._names_in(directory).directories
        return sorted(name for name in found if hidden or not paths.basename(name).startswith("."))

    def listdir(self, directory: str) -> list[str]:
        """Names of everything directly in a directory, as `os.listdir`.

        Raises:
            FileNotFoundError: there is no such directory
        """
        if not is_remote(directory):
            return os.listdir(directory)
        names = self._names_in(directory)
        if not names.files and not names.directories and not self.isdir(directory):
            raise ObjectNotFoundError("there is no such directory", directory)
        return [*names.files, *names.directories]

    def walk(self, top: str) -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a directory from the top down, as `os.walk`; a remote one costs one listing."""
        if not is_remote(top):
            yield from os.walk(top)
            return
        tree: dict[str, Names] = {}
        for relative, info in self.entries(top, recursive=True):
            _plant(tree, relative, info.size)
        pending = [""] if tree else []
        while pending:
            at = pending.pop()
            directories = sorted(tree[at].directories)
            yield (paths.join(top, at) if at else top), directories, sorted(tree[at].files)
            pending.extend(f"{at}/{name}" if at else name for name in reversed(directories))

    def glob(self, pattern: str, *, recursive: bool = False, directories: bool = True) -> list[str]:
        """Files, and directories if wanted, that match a remote pattern, as `glob.glob` but sorted."""
        wanted = Glob.parse(pattern, any_depth=recursive)
        found = set(self.list_files(wanted.directory, recursive=wanted.is_deep, hidden=True))
        if directories and wanted.is_deep:
            found |= _directories_of(found)
        elif directories:
            found |= set(self.list_subdirs(wanted.directory, hidden=True))
        return sorted(paths.join(wanted.directory, name) for name in found if wanted.matches(name))


def _relative(name: str) -> str:
    """Write a key's rest so that no `join` takes it for an absolute path."""
    return f"./{name}" if name.startswith("/") or is_remote(name) else name


def _directories_of(files: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in files:
        while (name := name.rpartition("/")[0]) and name not in found:
            found.add(name)
    return found


def _plant(tree: dict[str, Names], relative: str, size: int) -> None:
    directory, _, name = relative.rpartition("/")
    tree.setdefault(directory, Names()).files[name] = size
    while directory:
        parent, _, name = directory.rpartition("/")
        tree.setdefault(parent, Names()).directories.add(name)
        directory = parent
