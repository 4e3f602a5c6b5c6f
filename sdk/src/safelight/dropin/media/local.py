"""The one step that lets upstream's readers work on remote media: a local copy to read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from safelight.dropin.media.walks import look_ahead
from safelight.storage.uri import is_remote


def localize(path: Any) -> Any:
    """The cached copy of a remote address, downloaded if need be; anything else as it is.

    Inside a download context that knows the file, its whole batch is downloaded. Outside of one, a file that
    has to be waited for has the files brought that a running loop over samples will come to next.

    Raises:
        StorageError: the object cannot be had
        ObjectTooLargeError: it is larger than the whole media cache
    """
    if not is_remote(path):
        return path
    from safelight.cache.download_context import active_contexts
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    if contexts := active_contexts():
        for context in contexts:
            context.reach_file(path)
        return runtime.cache.get_local_path(path)
    expected = runtime.prefetcher.reached(path)
    copy = runtime.cache.find(path)
    if copy is None:
        if not expected:
            look_ahead(runtime.prefetcher, path)
        copy = runtime.cache.get_local_path(path)
    return copy


@dataclass(frozen=True, slots=True)
class Copies:
    """Local copies of many remote addresses.

    Attributes:
        paths: for each address its local copy, or the error that kept it away
        missed: whether some were not in the cache yet
    """

    paths: Mapping[str, str | Exception]
    missed: bool = False


def localize_all(paths: Iterable[Any]) -> Copies:
    """Bring many addresses at once; local paths among them are left out."""
    wanted = list(dict.fromkeys(path for path in paths if is_remote(path)))
    if not wanted:
        return Copies({})
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    cache = runtime.cache
    for path in wanted:
        runtime.prefetcher.reached(path)
    found = {path: cache.find(path) for path in wanted}
    missing = [path for path, copy in found.items() if copy is None]
    if missing:
        cache.get_local_paths(missing, skip_failures=True, progress=False)
    return Copies(
        {path: copy or cache.find(path) or _failure(path) for path, copy in found.items()}, bool(missing)
    )


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
