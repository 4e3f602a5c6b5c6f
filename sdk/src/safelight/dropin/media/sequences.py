"""What ffmpeg is given to read: one file, or a numbered sequence of images."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from safelight.dropin.media.local import localize, localize_all
from safelight.errors import ObjectNotFoundError
from safelight.storage.uri import is_remote

_FRAME_NUMBER: Final = re.compile(r"%(?:0\d+)?d")
"""What ffmpeg's image sequences have for the number of a frame: `%d` or `%06d`."""


def local_input(path: Any) -> Any:
    """A file, or a sequence of images such as `s3://bucket/frames/%06d.jpg`, as ffmpeg can open it.

    Raises:
        StorageError: it cannot be had
    """
    if not is_remote(path):
        return path
    try:
        return localize(path)
    except ObjectNotFoundError:
        # `%06d` may be part of a key: only where there is no such object is it a sequence.
        if not _FRAME_NUMBER.search(path.rpartition("/")[2]):
            raise
        return _local_sequence(path)


def _local_sequence(pattern: str) -> str:
    from safelight.runtime import get_runtime

    uri = get_runtime().stores.parse(pattern)
    frame = re.compile(r"\d+".join(map(re.escape, _FRAME_NUMBER.split(uri.name, maxsplit=1))))
    names = get_runtime().files.list_files(uri.parent.text)
    frames = [uri.parent.child(name).text for name in names if frame.fullmatch(name)]
    if not frames:
        raise ObjectNotFoundError("no frame of this sequence is there", uri.public_text)
    for copy in localize_all(frames).paths.values():
        if isinstance(copy, Exception):
            raise copy
    return str(Path(localize(frames[0])).parent / uri.name)
