"""What may be destroyed in a bucket, and how to ask for it.

Upstream's code deletes, moves and overwrites files in passing: `overwrite=True` empties an export directory,
`export_media="move"` removes the originals, a transform rewrites images in place. On a local disk that is
what the user has; in a bucket it is what the team has. So such an operation on a remote path is refused
unless it happens inside `allow_remote_changes`, or the call says nothing else than that (`fos.delete_files`).

Permissions are the process's, not a thread's: worker threads and forked workers see them, and spawned
ones inherit them through `HANDOVER`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal

from safelight.errors import DestructiveOperationError
from safelight.files.address import split_address
from safelight.files.paths import contains
from safelight.storage.uri import is_remote

Operation = Literal["delete", "move", "overwrite"]

HANDOVER: Final = "SAFELIGHT_ALLOW_REMOTE_CHANGES"
"""Environment variable that hands permissions to child processes: prefixes, one a line. It is no setting of
the configuration but the state of a running `with` block, which is why it is read here."""

_lock: Final = threading.Lock()


def is_allowed(path: str, prefixes: Iterable[str]) -> bool:
    """Decide whether `path` may be destroyed, given the prefixes that somebody named."""
    return any(contains(prefix, path) for prefix in prefixes)


def check(operation: Operation, path: str) -> None:
    """Refuse to destroy a remote path that nobody named.

    Raises:
        DestructiveOperationError: it is remote and outside every allowed prefix
    """
    if is_remote(path) and not is_allowed(path, _allowed()):
        raise DestructiveOperationError(_refusal(operation, split_address(path).plain))


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
        _store([*_allowed(), *prefixes])
    try:
        yield
    finally:
        with _lock:
            remaining = _allowed()
            for prefix in prefixes:
                with suppress(ValueError):  # whoever cleared the environment meanwhile took it back already
                    remaining.remove(prefix)
            _store(remaining)


def _validate(prefixes: tuple[str, ...]) -> None:
    if not prefixes:
        raise ValueError("name what may change, e.g. allow_remote_changes('s3://bucket/prefix')")
    for prefix in prefixes:
        if not is_remote(prefix) or split_address(prefix).root.endswith("/") or "\n" in prefix:
            raise ValueError(f"{prefix!r} names no bucket, directory or object")


def _allowed() -> list[str]:
    return [line for line in os.environ.get(HANDOVER, "").split("\n") if line]


def _store(prefixes: list[str]) -> None:
    if prefixes:
        os.environ[HANDOVER] = "\n".join(prefixes)
    else:
        os.environ.pop(HANDOVER, None)


def _refusal(operation: Operation, path: str) -> str:
    return (
        f"{path}: refused to {operation} it. Remote files are never destroyed in passing.\n"
        "If that is what you want, say so by name:\n\n"
        f"    with fo.allow_remote_changes({path!r}):\n"
        "        ...  # the same call\n\n"
        "A directory or a whole bucket may be named as well."
    )
