"""What a cached file says about itself: an extended attribute, written before the file gets its final name.

    user.safelight = "<size> <md5 in hex or -> <etag or nothing>"

The mark proves that the file is ours and keeps its checksum when the index is lost. File systems without
extended attributes simply have no marks; nothing depends on them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

_ATTRIBUTE: Final = "user.safelight"
_NO_MD5: Final = "-"


@dataclass(frozen=True, slots=True)
class Mark:
    """The object that a file was made from.

    Attributes:
        size: its length in bytes
        etag: its entity tag as the provider gave it, or None
        md5: its MD5, where the provider vouched for it
    """

    size: int
    etag: str | None = None
    md5: bytes | None = None


def write_mark(file: str | int, mark: Mark) -> bool:
    """Mark a file, given by its path or descriptor. Returns whether the file system took it."""
    text = f"{mark.size} {mark.md5.hex() if mark.md5 else _NO_MD5} {mark.etag or ''}"
    if not hasattr(os, "setxattr"):
        return False
    try:
        os.setxattr(file, _ATTRIBUTE, text.encode())
    except OSError:
        return False
    return True


def read_mark(path: str) -> Mark | None:
    """Return the file's mark, or None when it has none that makes sense."""
    if not hasattr(os, "getxattr"):
        return None
    try:
        size, md5, etag = os.getxattr(path, _ATTRIBUTE).decode().split(" ", 2)
        return Mark(int(size), etag or None, None if md5 == _NO_MD5 else bytes.fromhex(md5))
    except (OSError, ValueError):
        return None
