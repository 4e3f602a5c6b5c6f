"""The one step that lets upstream's readers work on remote media: a local copy to read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from safelight.storage.uri import is_remote


def localize(path: Any) -> Any:
    """The cached copy of a remote address, downloaded if need be; anything else as it is.

    Inside a download context that knows the file, its whole batch is downloaded.

    Raises:
        StorageError: the object cannot be had
        ObjectTooLargeError: it is larger than the whole media cache
    """
    if not is_remote(path):
        return path
    from safelight.cache.download_context import active_contexts
    from safelight.runtime import get_runtime

    for context in active_contexts():
        context.reach_file(path)
    return get_runtime().cache.get_local_path(path)


def localize_all(paths: Iterable[Any]) -> Mapping[str, str | Exception]:
    """Bring many addresses at once; local paths among them are left out.

    Returns:
        for each remote address its local copy, or the error that kept it away
    """
    wanted = list(dict.fromkeys(path for path in paths if is_remote(path)))
    if not wanted:
        return {}
    from safelight.runtime import get_runtime

    cache = get_runtime().cache
    copies = cache.get_local_paths(wanted, skip_failures=True, progress=False)
    return {
        path: copy if cache.is_cached(path) else _failure(path)
        for path, copy in zip(wanted, copies, strict=True)
    }


def _failure(path: str) -> str | Exception:
    """Why a file is not there; its path, if by now it is."""
    from safelight.runtime import get_runtime

    cache = get_runtime().cache
    known = cache.last_report.failures.get(path)
    if known is not None:
        return known
    # Another thread's download has ended meanwhile, and the last report is of that one.
    try:
        return cache.get_local_path(path)
    except OSError as error:
        return error
