"""Writing a file so that readers see the old one or the whole new one."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".safelight-partial-"
"""What the names of unfinished files begin with; listings leave them out."""


@contextmanager
def replacing(target: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Give a temporary file beside `target` to write to; it takes its place unless an error passes through.

    Raises:
        FileExistsError: the file exists and `overwrite` is False
        OSError: as the operating system says
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f"{TEMPORARY}{uuid.uuid4().hex}"
    try:
        with temporary.open("xb") as file:
            yield file
        if overwrite:
            temporary.replace(target)
        else:
            target.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(target: Path, source: bytes | Path, *, overwrite: bool) -> None:
    """Write `source` to `target`.

    Raises:
        As `replacing`
    """
    with replacing(target, overwrite=overwrite) as file:
        if isinstance(source, bytes):
            file.write(source)
        else:
            with source.open("rb") as origin:
                shutil.copyfileobj(origin, file, 1 << 20)
