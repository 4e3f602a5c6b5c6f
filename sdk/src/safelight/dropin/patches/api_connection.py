"""Where `api_uri` is set, the database is reached through the API server, with the rights of the key."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_DATABASE: Final = "fiftyone.core.odm.database"


def _over_api() -> bool:
    import fiftyone as fo

    return bool(getattr(fo.config, "api_uri", None))


def _establish(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(original)
    def establish_db_conn(config: Any) -> None:
        if config.api_uri:
            from safelight.dropin.api_connection import open_connection

            open_connection(config)
        original(config)

    return establish_db_conn


def _async_connect(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def async_connect(use_global: bool = False) -> Any:
        if not use_global and _over_api():
            from safelight.dropin.api_connection import client_of_this_loop

            return client_of_this_loop(original)
        return original(use_global=use_global)

    return async_connect


def _delete_non_persistent(original: Callable[[], None]) -> Callable[[], None]:
    @wraps(original)
    def delete_non_persistent_datasets_if_allowed() -> None:
        # Who else is connected cannot be counted through a gateway: it would delete other people's datasets.
        # The server collects those of sessions that have ended.
        if not _over_api():
            original()

    return delete_non_persistent_datasets_if_allowed


PATCH = Patch(
    name="api_connection",
    summary="api_uri leads every connection to the database through the API server",
    targets=(
        Target(
            _DATABASE, "establish_db_conn", _establish, "every client is made from its settings", "(config)"
        ),
        Target(
            _DATABASE,
            "_async_connect",
            _async_connect,
            "makes a new client, with new connections, for each request of the App",
            "(use_global=False)",
        ),
        Target(
            _DATABASE,
            "_delete_non_persistent_datasets_if_allowed",
            _delete_non_persistent,
            "counts connections, then deletes everybody's non-persistent datasets",
            "()",
        ),
    ),
)
