"""A file of the cache that has no name yet: it is written, gets its attributes, and then its name at once.

Linux makes files without any name (`O_TMPFILE`, open(2)): nobody can find one, nothing is left of it when its
process is killed, and naming it costs less than renaming. Other systems, and file systems that cannot (NFS,
for one), write under a temporary name beside the place.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

#: Windows translates line ends unless told otherwise.
_WRITE: Final = os.O_RDWR | getattr(os, "O_BINARY", 0)
_UNNAMED: Final = getattr(os, "O_TMPFILE", 0)
_MODE: Final = 0o666


class Draft:
    """One file on its way: to be closed in any case, and published before that when all is well.

    Args:
        directory: where its name will be
        temporary: a name in there that nobody else uses
        unnamed: whether it can do without; see `can_be_unnamed`

    Attributes:
        descriptor: to write the content to, and to read it again

    Raises:
        OSError: the file cannot be made
    """

    def __init__(self, directory: str, temporary: str, *, unnamed: bool) -> None:
        self._temporary = temporary
        self._is_there = not unnamed  # under its temporary name
        self._is_open = True
        if unnamed:
            self.descriptor = os.open(directory, _WRITE | _UNNAMED, _MODE)
        else:
            self.descriptor = os.open(temporary, _WRITE | os.O_CREAT | os.O_EXCL, _MODE)

    def complete(self) -> int | str:
        """End the writing. Returns the file, as functions that set attributes take it."""
        if not self._is_there:
            return self.descriptor
        self._end_writing()  # Windows renames no open file, and changes its times when it is closed
        return self._temporary

    def publish(self, path: str, *, replace: bool) -> bool:
        """Give the file its name.

        Args:
            path: the name, in the file's directory
            replace: whether a file that has this name already gives way

        Returns:
            Whether it has the name now; False when another file has it

        Raises:
            FileNotFoundError: the directory is gone; this can be tried again when there is one
            OSError: it cannot have the name
        """
        if self._is_there:
            if not replace and os.path.lexists(path):
                return False
        elif not replace:
            return _link(self.descriptor, path)
        else:
            self._is_there = _link(self.descriptor, self._temporary)
        os.replace(self._temporary, path)
        self._is_there = False
        return True

    def close(self) -> None:
        """Let go of the file; without a name of its own it is gone then."""
        self._end_writing()
        if self._is_there:
            with suppress(OSError):
                Path(self._temporary).unlink()

    def _end_writing(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self.descriptor)


def can_be_unnamed(directory: str, temporary: str) -> bool:
    """Whether files in a directory can be made without a name and get one later: tries it.

    Args:
        directory: on the file system in question
        temporary: a name in there that nobody else uses
    """
    if not _UNNAMED:
        return False
    try:
        with closing(Draft(directory, temporary, unnamed=True)) as draft:
            draft.publish(temporary, replace=False)
        Path(temporary).unlink()
    except OSError:
        return False
    return True


def _link(descriptor: int, path: str) -> bool:
    """Name an unnamed file. Returns False when another file has the name."""
    try:
        # Only with a descriptor of a directory, for which an absolute path has no use, does Python follow the
        # link that /proc keeps of every open file.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor)
    except FileExistsError:
        return False
    return True
