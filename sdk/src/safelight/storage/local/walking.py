"""Paths that begin with a prefix, in key order, as an object store would list them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from safelight.storage.local.files import TEMPORARY


def children(prefix: str) -> tuple[list[str], list[str]]:
    """Files whose path begins with `prefix`, and folders (with their slash), down to the next slash."""
    folder, slash, start = prefix.rpartition("/")
    files, folders = [], []
    try:
        with os.scandir(folder + slash or ".") as entries:
            for entry in entries:
                if entry.name.startswith(start) and not entry.name.startswith(TEMPORARY):
                    path = f"{folder}{slash}{entry.name}"
                    if entry.is_dir():
                        folders.append(f"{path}/")
                    elif entry.is_file():
                        files.append(path)
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    return sorted(files), sorted(folders)


def descendants(prefix: str) -> Iterator[str]:
    """Files whose path begins with `prefix`, in key order; links to folders are not followed."""
    files, folders = children(prefix)
    for path in sorted([*files, *folders]):
        if not path.endswith("/"):
            yield path
        elif not Path(path).is_symlink():
            yield from descendants(path)
