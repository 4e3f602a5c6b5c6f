"""The composition root: settings, stores, cache and file operations, made once per process when needed.

Importing it opens nothing, reads nothing and starts nothing. A forked child builds its own: event loops,
sockets and native threads do not survive a fork.
"""

from __future__ import annotations

import atexit
import os
import threading
from functools import cached_property

from safelight.cache.media_cache import MediaCache
from safelight.config import MediaCacheConfig, load_config, storage_options
from safelight.files.files import Files
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry


class Runtime:
    """One process's Safelight. Each part is built when it is first asked for, with the parts that it needs.

    Args:
        config: the settings; None reads them from the environment and the file when they are first needed
    """

    def __init__(self, config: MediaCacheConfig | None = None) -> None:
        if config is not None:
            self.config = config

    @cached_property
    def config(self) -> MediaCacheConfig:
        """The settings."""
        return load_config()

    @cached_property
    def portal(self) -> Portal:
        """The event loop."""
        return Portal()

    @cached_property
    def stores(self) -> StoreRegistry:
        """The object stores."""
        return StoreRegistry(storage_options(self.config))

    @cached_property
    def cache(self) -> MediaCache:
        """The media cache."""
        return MediaCache(self.config.cache_options(), self.stores, self.portal)

    @cached_property
    def files(self) -> Files:
        """Operations on local and remote paths."""
        return Files(self.stores, self.cache, self.portal)

    def close(self) -> None:
        """Finish what was built, and nothing else."""
        built = vars(self)
        if "cache" in built:
            self.cache.close()
        if "portal" in built:
            if "stores" in built:
                self.portal.run(self.stores.close())
            self.portal.close()


class _Process:
    """The runtime of this process."""

    runtime: Runtime | None = None
    lock = threading.Lock()


def get_runtime() -> Runtime:
    """Return this process's runtime, making it with the first call."""
    runtime = _Process.runtime
    if runtime is None:
        with _Process.lock:
            runtime = _Process.runtime = _Process.runtime or Runtime()
    return runtime


def reset(config: MediaCacheConfig | None = None) -> Runtime:
    """Close this process's runtime and begin a new one, with the settings as they are now.

    Args:
        config: settings to use instead of reading them
    """
    with _Process.lock:
        old, _Process.runtime = _Process.runtime, Runtime(config)
        if old is not None:
            old.close()
        return _Process.runtime


def _forget() -> None:
    # The parent's parts stay untouched, neither used nor closed: their threads are not here.
    _Process.lock = threading.Lock()
    if _Process.runtime is not None:
        _Process.runtime = Runtime(vars(_Process.runtime).get("config"))


def _close_at_exit() -> None:
    if _Process.runtime is not None:
        _Process.runtime.close()


atexit.register(_close_at_exit)
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_forget)
