"""JSON files: `eta.core.serial` reads and writes upstream's labels, manifests and results."""

from __future__ import annotations

from typing import Any

from safelight.dropin.files.dispatch import get_files, when_remote
from safelight.dropin.patch import Patch, Target

_MODULE = "eta.core.serial"


def _read_ndjson(path: str) -> list[Any]:
    import jsonlines

    with get_files().open(path) as file, jsonlines.Reader(file) as reader:
        return list(reader.iter(skip_empty=True))


def _os(_original: Any) -> Any:
    from safelight.dropin.files.modules import OS

    return OS


def _open(_original: Any) -> Any:
    from safelight.dropin.files.modules import open_file

    return open_file


PATCH = Patch(
    name="serial",
    summary="JSON, NDJSON and pickles are read from and written to where they belong",
    targets=(
        Target(
            module=_MODULE,
            attribute="os",
            make=_os,
            why="looks whether a text is the name of a file",
        ),
        Target(
            module=_MODULE,
            attribute="open",
            make=_open,
            why="the builtin open takes local paths only",
            added=True,
        ),
        Target(
            module=_MODULE,
            attribute="read_ndjson",
            make=when_remote(_read_ndjson),
            why="jsonlines opens files itself",
            signature="(path)",
        ),
    ),
)
