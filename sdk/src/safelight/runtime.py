"""The composition root: settings, stores, cache and file operations, made once per process when needed.

Importing it opens nothing, reads nothing and starts nothing. A forked child builds its own: event loops,
sockets and native threads do not survive a fork.
"""

from __future__ import annotations

import atexit
import multiprocessing.util
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from safelight.cache.media_cache import MediaCache
from safelight.cache.prefetch import Prefetcher
from safelight.client.api import ApiClient
from safelight.config import ApiConfig, MediaCacheConfig, load_api_config, load_config, storage_options
from safelight.files.files import Files
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry

if TYPE_CHECKING:
    from safelight.tunnel.options import TunnelOptions
    from safelight.tunnel.tunnel import Tunnel

T = TypeVar("T")

_PREFETCH_THREADS: Final = 8
"""Downloads ahead share the machine with the loop that they are for."""


class Runtime:
    """One process's Safelight. Each part is built when it is first asked for, with the parts that it needs.

    Args:
        config: the settings; None reads them from the environment and the file when they are first needed
    """

    def __init__(self, config: MediaCacheConfig | None = None) -> None:
        self._lock = threading.RLock()
        self._parts: dict[str, Any] = {} if config is None else {"config": config}

    @property
    def config(self) -> MediaCacheConfig:
        """The settings."""
        return self._part("config", load_config)

    @property
    def api_config(self) -> ApiConfig:
        """The settings of the API connection; changing them needs `forget_api`."""
        return self._part("api_config", load_api_config)

    @property
    def api(self) -> ApiClient:
        """The team server's REST API.

        Raises:
            ConfigError: there is no API connection
        """
        return self._part("api", lambda: ApiClient(self.api_config.options()))

    def forget_api(self) -> None:
        """Let the next request use the settings of the API connection as they are then."""
        with self._lock:
            client = self._parts.pop("api", None)
        if client is not None:
            client.close()

    @property
    def portal(self) -> Portal:
        """The event loop."""
        return self._part("portal", Portal)

    @property
    def stores(self) -> StoreRegistry:
        """The object stores."""
        return self._part("stores", lambda: StoreRegistry(storage_options(self.config)))

    @property
    def cache(self) -> MediaCache:
        """The media cache."""
        return self._part("cache", lambda: MediaCache(self.config.cache_options(), self.stores, self.portal))

    @property
    def prefetcher(self) -> Prefetcher:
        """What brings media before they are asked for."""
        return self._part("prefetcher", self._make_prefetcher)

    def _make_prefetcher(self) -> Prefetcher:
        return Prefetcher(
            self.cache.bring,
            limit=self.config.prefetch_limit(),
            threads=min(_PREFETCH_THREADS, self.config.cache_options().requests),
        )

    @property
    def files(self) -> Files:
        """Operations on local and remote paths."""
        return self._part("files", lambda: Files(self.stores, self.cache, self.portal))

    def tunnel(self, options: TunnelOptions) -> Tunnel:
        """The API connection, opened with the first call; another one when the options have changed.

        Raises:
            ApiConnectionError: the server cannot be used
        """
        with self._lock:
            opened: Tunnel | None = self._parts.get("tunnel")
            if opened is None or opened.options != options:
                fresh = _open_tunnel(options)
                if opened is not None:
                    opened.close()
                opened = self._parts["tunnel"] = fresh
            return opened

    def _part(self, name: str, make: Callable[[], T]) -> T:
        part: T | None = self._parts.get(name)
        if part is None:
            with self._lock:
                part = self._parts.get(name)
                if part is None:
                    part = self._parts[name] = make()
        return part

    def finish(self) -> None:
        """Leave nothing for others to clean up."""
        self._stop_prefetching()
        if "cache" in self._parts:
            self.cache.close()
        if "tunnel" in self._parts:
            self._parts["tunnel"].close()

    def close(self) -> None:
        """Finish what was built, and let go of it."""
        self._stop_prefetching()
        built, self._parts = self._parts, {}
        if "api" in built:
            built["api"].close()
        if "cache" in built:
            built["cache"].close()
        if "tunnel" in built:
            built["tunnel"].close()
        if "portal" in built:
            if "stores" in built:
                built["portal"].run(built["stores"].close())
            built["portal"].close()

    def _stop_prefetching(self) -> None:
        if "prefetcher" in self._parts:
            self.prefetcher.close()


def _open_tunnel(options: TunnelOptions) -> Tunnel:
    from safelight.tunnel.tunnel import Tunnel  # only scripts with an API connection pay for WebSockets

    opened = Tunnel(options)
    opened.start()
    return opened


class _Process:
    """The runtime of this process."""

    runtime: Runtime | None = None
    config: MediaCacheConfig | None = None
    lock = threading.Lock()


_inherited: list[Runtime] = []
"""Runtimes that came through a fork: collecting one would touch what belongs to the parent."""


def get_runtime() -> Runtime:
    """Return this process's runtime, making it with the first call."""
    runtime = _Process.runtime
    if runtime is None:
        with _Process.lock:
            runtime = _Process.runtime = _Process.runtime or _begin(_Process.config)
    return runtime


def reset(config: MediaCacheConfig | None = None) -> Runtime:
    """Close this process's runtime and begin a new one, with the settings as they are now.

    Args:
        config: settings to use instead of reading them
    """
    with _Process.lock:
        _Process.config = config
        old, _Process.runtime = _Process.runtime, _begin(config)
        if old is not None:
            old.close()
        return _Process.runtime


def _begin(config: MediaCacheConfig | None) -> Runtime:
    # Worker processes of multiprocessing (and torch) end without atexit, but not without this.
    multiprocessing.util.Finalize(None, _close_at_exit, exitpriority=0)
    return Runtime(config)


def _forget() -> None:
    # The parent's parts stay untouched, neither used nor closed: their threads are not here.
    _Process.lock = threading.Lock()
    if _Process.runtime is not None:
        _inherited.append(_Process.runtime)
        _Process.runtime = None


def _close_at_exit() -> None:
    # Stores and event loop end with the process: Python has stopped the threads that would close them.
    if _Process.runtime is not None:
        _Process.runtime.finish()


atexit.register(_close_at_exit)
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_forget)
