"""What may be destroyed in a bucket, and how to ask for it.

Upstream's code deletes, moves and overwrites files in passing: `overwrite=True` empties an export directory,
`export_media="move"` removes the originals, a transform rewrites images in place, or writes new files
beside them. On a local disk that is what the user has; in a bucket it is what the team has. So such an
operation on a remote path is refused unless it happens inside `allow_remote_changes`, or the call says
nothing else than that (`fos.delete_files`).

Permissions are the process's, not a thread's: worker threads and forked workers see them, and spawned
ones inherit them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal

from safelight.errors import DestructiveOperationError
from safelight.files.address import split_address
from safelight.files.handover import Handover
from safelight.files.paths import contains, dirname
from safelight.storage.uri import is_remote

Operation = Literal["delete", "move", "overwrite"]

_handover: Final = Handover("SAFELIGHT_ALLOW_REMOTE_CHANGES")
"""Prefixes, one a line."""

_lock: Final = threading.Lock()


def is_allowed(path: str, prefixes: Iterable[str]) -> bool:
    """Decide whether `path` may be destroyed, given the prefixes that somebody named."""
    return any(contains(prefix, path) for prefix in prefixes)


def check(operation: Operation, path: str, contents: Callable[[], str] = str) -> None:
    """Refuse to destroy a remote path that nobody named.

    Args:
        operation: what would be done
        path: what it would be done to
        contents: says what is in a directory; it is asked when the directory is refused

    Raises:
        DestructiveOperationError: it is remote and outside every allowed prefix
    """
    if is_remote(path) and not is_allowed(path, _allowed()):
        plain = split_address(path).plain
        raise DestructiveOperationError(_refusal(f"{operation} it{contents()}", plain, plain))


def check_beside(paths: Iterable[str]) -> None:
    """Refuse to write beside remote files, or over them, in directories that nobody named.

    Args:
        paths: the files that somebody works on who did not say where the output goes; local ones are
            nobody's business

    Raises:
        DestructiveOperationError: some are remote and outside every allowed prefix
    """
    allowed = _allowed()
    refused = [
        split_address(path).plain for path in paths if is_remote(path) and not is_allowed(path, allowed)
    ]
    if refused:
        directory = dirname(refused[0])
        what = f"write beside or over {_count(len(refused))}. Say where to, by `output_dir`"
        raise DestructiveOperationError(_refusal(what, refused[0], directory))


@contextmanager
def allow_remote_changes(*prefixes: str) -> Iterator[None]:
    """Allow upstream's code to delete, move and overwrite below these addresses.

    ```
    with fo.allow_remote_changes("s3://bucket/exports/today"):
        dataset.export("s3://bucket/exports/today", overwrite=True, ...)
    ```

    It holds for this process, its threads, and the worker processes started meanwhile.

    Args:
        *prefixes: objects, directories or whole buckets

    Raises:
        ValueError: nothing is named, or something that is not a remote address
    """
    _validate(prefixes)
    with _lock:
        _handover.write("\n".join([*_allowed(), *prefixes]))
    try:
        yield
    finally:
        with _lock:
            remaining = _allowed()
            for prefix in prefixes:
                with suppress(ValueError):  # whoever cleared the environment meanwhile took it back already
                    remaining.remove(prefix)
            _handover.write("\n".join(remaining))


def _validate(prefixes: tuple[str, ...]) -> None:
    if not prefixes:
        raise ValueError("name what may change, e.g. allow_remote_changes('s3://bucket/prefix')")
    for prefix in prefixes:
        if not is_remote(prefix) or split_address(prefix).root.endswith("/") or "\n" in prefix:
            raise ValueError(f"{prefix!r} names no bucket, directory or object")


def _allowed() -> list[str]:
    return [line for line in _handover.read().split("\n") if line]


def _count(number: int) -> str:
    return f"this remote file and {number - 1:,} others" if number > 1 else "this remote file"


def _refusal(what: str, path: str, prefix: str) -> str:
    return (
        f"{path}: refused to {what}. Remote files are never destroyed in passing.\n"
        "If that is what you want, say so by name:\n\n"
        f"    with fo.allow_remote_changes({prefix!r}):\n"
        "        ...  # the same call\n\n"
        "A directory or a whole bucket may be named as well."
    )
