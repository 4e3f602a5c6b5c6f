"""The connections to one place: most of fsspec's file systems are one each, for one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import unquote

from safelight.errors import ConfigError, InvalidURIError, MissingExtraError, StorageTimeoutError
from safelight.storage.extras import require
from safelight.storage.fsspec.errors import is_lost_connection
from safelight.storage.options import StorageOptions
from safelight.storage.uri import ObjectURI

_SSH: Final = frozenset({"sftp", "ssh"})
_DAV: Final = frozenset({"webdav", "dav"})
_UNCACHED: Final[Mapping[str, Any]] = {"skip_instance_cache": True}


class FileSystems:
    """File systems of one place, made when they are first needed and used again.

    Args:
        options: the options of storage
        place: any address there
    """

    def __init__(self, options: StorageOptions, place: ObjectURI) -> None:
        self.scheme = place.endpoint
        self._retry = options.retry
        self._root = place.root
        self._kind = _class_of(self.scheme, place)
        self._arguments = self._from_url() | dict(options.fsspec.arguments.get(self.scheme, {}))
        self._slots = threading.BoundedSemaphore(options.fsspec.connections)
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        #: What stands before a key in the file system's own paths.
        self.base = self._kind._strip_protocol(f"{self._root}/x")[:-1]  # noqa: SLF001 - fsspec's own callers do

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the class is called with; it may hold secrets."""
        return self._arguments

    @property
    def class_name(self) -> str:
        return f"{self._kind.__module__}.{self._kind.__name__}"

    @contextmanager
    def borrowed(self, uri: ObjectURI) -> Iterator[Any]:
        """A file system that nobody else uses for the time of a `with` block; one that failed is not kept.

        Raises:
            StorageTimeoutError: all are in use, and none came back in time
        """
        fs = self.borrow(uri)
        try:
            yield fs
        except BaseException as error:
            self.give_back(fs, error)
            raise
        self.give_back(fs)

    def borrow(self, uri: ObjectURI) -> Any:
        """As `borrowed`; the caller gives it back."""
        if not self._slots.acquire(timeout=self._retry.total_timeout):
            raise StorageTimeoutError("all connections are in use", uri.public_text)
        try:
            with self._lock:
                if self._idle:
                    return self._idle.pop()
            return self._kind(**self._limits(), **self._arguments)
        except BaseException:
            self._slots.release()
            raise

    def give_back(self, fs: Any, error: BaseException | None = None) -> None:
        """End what `borrow` began; what failed is not kept."""
        if error is None:
            with self._lock:
                self._idle.append(fs)
        else:
            _close(fs)
            if is_lost_connection(error):
                # A server that was restarted, or has waited long enough, ended all of them: who tries again
                # must not get the next dead one.
                self.close()
        self._slots.release()

    def replace(self, fs: Any, source: str, target: str) -> None:
        """Move a file over what may be there."""
        if self.scheme in _DAV:  # its `mv` copies, and never over a file
            fs.client.move(source, target, overwrite=True)
        else:
            fs.mv(source, target)

    def close(self) -> None:
        """End idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for fs in idle:
            _close(fs)

    def _from_url(self) -> dict[str, Any]:
        found = dict(self._kind._get_kwargs_from_urls(f"{self._root}/x"))  # noqa: SLF001 - as above
        # In a URL they are percent-encoded (RFC 3986, 3.2.1); fsspec leaves them so.
        return found | {name: unquote(found[name]) for name in ("username", "password") if found.get(name)}

    def _limits(self) -> dict[str, Any]:
        """Finite times, where the file system takes them; and nothing remembered between calls."""
        if self.scheme in _SSH:
            return {"seconds": self._retry.read_timeout}
        fresh = {**_UNCACHED, "use_listings_cache": False}
        if self.scheme in _DAV:
            from safelight.storage.fsspec.time_limit import TimeLimit

            hooks = {"response": [TimeLimit(self._retry.total_timeout)]}
            # Its own retries give way to ours.
            return {"timeout": self._retry.read_timeout, "event_hooks": hooks, "retry": False, **_UNCACHED}
        return fresh | ({"timeout": self._retry.read_timeout} if self.scheme == "ftp" else {})


def _class_of(scheme: str, place: ObjectURI) -> Any:
    fsspec: Any = require("fsspec", "fsspec")
    if scheme in _SSH:
        require("fsspec", "paramiko")
        from safelight.storage.fsspec.sftp import KnownHostsSFTP

        return KnownHostsSFTP
    try:
        return fsspec.get_filesystem_class(scheme)
    except ValueError:
        raise InvalidURIError(
            f"nothing here knows the scheme {scheme}:// of {place.public_text!r}. If it is an alias, "
            "configure it (MINIO_ALIAS, AZURE_ALIAS); else install the package that brings it to fsspec"
        ) from None
    except ImportError as error:
        raise MissingExtraError(f"{scheme}:// needs another Python package: {error}") from error
    except AttributeError as error:
        raise ConfigError(f"fsspec's file system for {scheme}:// cannot be loaded: {error}") from error


def _close(fs: Any) -> None:
    """End a file system's connections, which it holds itself, in its `ftp` or in its client's `http`."""
    http = getattr(getattr(fs, "client", None), "http", None)
    for holder in (fs, getattr(fs, "ftp", None), http):
        if callable(end := getattr(holder, "close", None)):
            with suppress(OSError, EOFError):
                end()
            return
