"""File operations on somebody's behalf: what would destroy remote media asks the guard first.

Upstream reaches these in passing; the public functions of `fiftyone.core.storage` are asked for by name and
do not come through here.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from safelight.dropin.files.dispatch import get_files
from safelight.errors import ObjectExistsError, ObjectNotFoundError
from safelight.files import paths
from safelight.files.guard import check
from safelight.storage.uri import is_remote

_COUNTED: Final = 1000
"""A refusal counts no more files than one page of a listing has."""


def copy_file(source: str, target: str) -> None:
    """Copy a file; a remote target with other contents is only replaced if that is allowed.

    Raises:
        DestructiveOperationError: it would be replaced, and nobody allowed that
    """
    if source != target and not _is_copied(source, target):
        get_files().copy_file(source, target)


def move_file(source: str, target: str) -> None:
    """Move a file.

    Raises:
        DestructiveOperationError: the source is remote or the target would be replaced, unasked
    """
    check("move", source)
    if source == target:
        return
    if _is_copied(source, target):
        get_files().delete_files([source])
    else:
        get_files().move_files([source], [target])


def delete_file(path: str) -> None:
    """Delete a file.

    Raises:
        DestructiveOperationError: nobody allowed that
    """
    check("delete", path)
    get_files().delete_files([path])


def delete_dir(directory: str) -> None:
    """Delete a directory and all that is in it.

    Raises:
        DestructiveOperationError: it is remote, and nobody allowed that
    """
    check("delete", directory, partial(_contents_of, directory))
    if is_remote(directory):
        get_files().delete_dir(directory)
    else:
        shutil.rmtree(directory, ignore_errors=True)


def copy_dir(source: str, target: str) -> None:
    """Copy a directory; an existing target directory is deleted first, as upstream does.

    Raises:
        DestructiveOperationError: the target is remote and exists, and nobody allowed that
    """
    if get_files().isdir(target):
        delete_dir(target)
    get_files().copy_dir(source, target)


def move_dir(source: str, target: str) -> None:
    """Move a directory; an existing target directory is deleted first, as upstream does.

    Raises:
        DestructiveOperationError: the source is remote, or the target is and exists, and nobody allowed that
    """
    check("move", source, partial(_contents_of, source))
    copy_dir(source, target)
    delete_dir(source)


def copy_new_files(sources: Sequence[str], targets: Sequence[str]) -> None:
    """Copy files to a store, where nothing is expected under their names.

    Raises:
        DestructiveOperationError: something is there already, and nobody allowed to overwrite it
    """
    try:
        get_files().copy_files(sources, targets, overwrite=False)
    except ObjectExistsError as error:
        check("overwrite", error.uri or targets[0])
        get_files().copy_files(sources, targets)


@contextmanager
def new_files(directory: str) -> Iterator[str]:
    """Give a local directory to write to; its files go to a store when the block ends without an error.

    Raises:
        DestructiveOperationError: a file is there already, and nobody allowed to overwrite it
    """
    with tempfile.TemporaryDirectory(prefix="safelight-") as local:
        yield local
        copy_new_files(*get_files().pairs_below(local, directory))


def _contents_of(directory: str) -> str:
    """How much a remote directory holds, for a refusal; no listing is longer than a page."""
    sizes = [entry.info.size for entry in islice(get_files().entries(directory, recursive=True), _COUNTED)]
    more = "at least " if len(sizes) == _COUNTED else ""
    return f", with {more}{len(sizes):,} files of {more}{sum(sizes):,} bytes" if sizes else ""


@contextmanager
def new_file(path: str) -> Iterator[str]:
    """Give a local path to write to; it is uploaded when the block ends without an exception.

    Raises:
        DestructiveOperationError: the file exists in a store, and nobody allowed to overwrite it
    """
    if is_remote(path) and get_files().isfile(path):
        check("overwrite", path)
    with get_files().staged(path) as local:
        yield local


def destination(source: str, target: str) -> str:
    """Where a file goes that is copied to `target`, which may be a directory.

    A store is only asked about what looks like a directory: a name without an extension.
    """
    if is_remote(target) and not paths.splitext(target)[1] and get_files().isdir(target):
        return paths.join(target, paths.basename(source))
    return paths.inside_directory(source, target)


def _is_copied(source: str, target: str) -> bool:
    """Whether a remote target is a copy of the source already, so that nothing needs to be done.

    Raises:
        DestructiveOperationError: something else is there, and nobody allowed to replace it
    """
    if not is_remote(target) or not get_files().isfile(target):
        return False
    if _have_same_contents(source, target):
        return True
    check("overwrite", target)
    return False


def _have_same_contents(source: str, target: str) -> bool:
    """Whether a remote target is a copy of the source already, as far as one request for each can tell."""
    files = get_files()
    there = files.info(target)
    if is_remote(source):
        try:
            here = files.info(source)
        except ObjectNotFoundError:
            return False
        return here.size == there.size and here.etag is not None and here.etag == there.etag
    if there.md5 is None or Path(source).stat().st_size != there.size:
        return False
    return hashlib.md5(Path(source).read_bytes(), usedforsecurity=False).digest() == there.md5
