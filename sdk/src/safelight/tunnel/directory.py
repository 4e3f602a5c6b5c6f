"""Where the tunnel's socket is: a directory of its own, which nobody else can enter."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Final

SOCKET_NAME: Final = "mongodb.sock"
"""Drivers take a path for a socket by this ending."""

_PREFIX: Final = "safelight-tunnel-"
_UNIQUE: Final = "/" + _PREFIX + 8 * "x" + "/" + SOCKET_NAME
_LONGEST_PATH: Final = 103
"""Of a socket, in bytes; Linux takes a few more than macOS."""

_SHORT_PLACE: Final = "/tmp"  # noqa: S108 - the directory that is made there is nobody else's


def make_directory() -> str:
    """Make one (mode 0700), and delete those that were left by processes that were killed.

    It is in `TMPDIR`, unless that is longer than the path of a socket may be.
    """
    place = tempfile.gettempdir()
    if len(os.fsencode(place + _UNIQUE)) > _LONGEST_PATH:
        place = _SHORT_PLACE
    for old in Path(place).glob(f"{_PREFIX}*"):
        if _is_abandoned(old):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=_PREFIX, dir=place)


def _is_abandoned(directory: Path) -> bool:
    """Whether it is ours, and nobody listens there any more (its process may be in another container)."""
    try:
        if directory.lstat().st_uid != os.getuid():
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(directory / SOCKET_NAME))
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
