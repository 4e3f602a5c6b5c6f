"""The connection to the database: made on first use, by one thread, with errors that say what to do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _connect(original: Callable[[], None]) -> Callable[[], None]:
    """Let other threads wait until the first has connected altogether.

    Upstream's client exists before upstream has migrated the database and told mongoengine about it: a second
    thread that comes then fails with "You have not defined a default connection".
    """
    locks = [threading.RLock()]

    def renew() -> None:
        # A thread that does not exist in a forked child may have held the lock.
        locks[:] = [threading.RLock()]

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)

    @wraps(original)
    def connect() -> None:
        with locks[0]:
            original()

    return connect


def _validate(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def validate(config: Any, client: Any) -> None:
        from fiftyone.core.odm import database

        try:
            original(config, client)
        except ConnectionError as error:
            # The next use shall try again: with a client left behind, it would take that for a connection.
            database._disconnect()  # noqa: SLF001 - upstream has no public way to forget a connection
            raise ConnectionError(f"{error} at {_place(config.database_uri)}. {_ADVICE}") from error.__cause__

    return validate


_ADVICE = (
    "Is a MongoDB server running there, and may this machine reach it? If yours is elsewhere, say where: set "
    "FIFTYONE_DATABASE_URI, or `database_uri` in ~/.fiftyone/config.json"
)


def _place(uri: str | None) -> str:
    """The hosts of a connection string, which is not shown: it may have a password in it."""
    if not uri:
        return "its place on this machine, where FiftyOne starts one when `database_uri` is not set"
    return uri.partition("://")[2].rpartition("@")[2].partition("/")[0]


PATCH = Patch(
    name="connection",
    summary="threads may use the database first at the same time; a database that is not there is named",
    targets=(
        Target(
            "fiftyone.core.odm.database",
            "_connect",
            _connect,
            "a second thread may use a connection that the first is still making",
            "()",
        ),
        Target(
            "fiftyone.core.odm.database",
            "_validate_db_version",
            _validate,
            "the error says neither which server could not be reached nor what to do",
            "(config, client)",
        ),
    ),
)
