"""FiftyOne's connections to the database, led through the API server."""

from __future__ import annotations

import asyncio
import os
import sys
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

from safelight.runtime import get_runtime
from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions


class _Opened:
    """What this process, or the one that it was forked from, has opened."""

    yet = False
    inherited: ClassVar[list[Any]] = []
    clients: ClassVar[weakref.WeakKeyDictionary[Any, Any]] = weakref.WeakKeyDictionary()


def open_connection(config: Any) -> None:
    """Open the tunnel, and make `config` point at it.

    Whoever may do what is the server's business, so upstream must neither administer the database nor pick
    another one.

    Args:
        config: upstream's `FiftyOneConfig`

    Raises:
        ConfigError: the settings of the API connection cannot be meant
        ApiConnectionError: the server cannot be used
    """
    tunnel = get_runtime().tunnel(
        TunnelOptions(
            api_uri=config.api_uri,
            api_key=Secret(config.api_key or ""),
            compressor=config.api_compressor,
            transfer=config.api_transfer_method,
        )
    )
    config.database_uri = tunnel.uri
    config.database_compressor = None
    config.database_admin = False
    config.database_name = tunnel.database or config.database_name
    _forget_repositories()
    if not _Opened.yet:
        _Opened.yet = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_forget_connections)


def client_of_this_loop(make: Callable[..., Any]) -> Any:
    """The motor client of the running event loop: one for each, instead of one for each request.

    Args:
        make: upstream's function that makes a new one
    """
    database = sys.modules["fiftyone.core.odm.database"]
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return make()
    database._connect()  # noqa: SLF001 - as upstream does before it makes one
    known = _Opened.clients.get(loop)
    if known is None or database._is_client_closed(known):  # noqa: SLF001 - upstream's own test
        known = _Opened.clients[loop] = make()
    return known


def _forget_connections() -> None:
    """A forked child has the clients of its parent, but nobody who would carry what they send.

    So upstream connects again when it is used. The clients are kept: to collect them would be to close them.
    """
    database = sys.modules["fiftyone.core.odm.database"]
    _Opened.inherited.append((database._client, database._async_client))  # noqa: SLF001 - upstream's own cache
    database._client = database._async_client = None  # type: ignore[attr-defined] # noqa: SLF001
    database.mongoengine.disconnect_all()


def _forget_repositories() -> None:
    """Upstream's repositories keep collections of the client that they first saw."""
    factory = sys.modules.get("fiftyone.factory.repo_factory")
    if factory is not None:
        factory._db = None  # type: ignore[attr-defined] # noqa: SLF001 - upstream's own cache
        factory.RepositoryFactory.repos.clear()
