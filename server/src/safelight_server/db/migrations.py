"""The versions of the server's own database, oldest first.

To change how something is stored, append a `Migration`; never edit one that was released. A server starts
only on the version that it knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from safelight_server.db.databases import Database
from safelight_server.errors import SchemaError

_COLLECTION: Final = "schema"
_ID: Final = "version"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step.

    Attributes:
        summary: what it does, for the person who runs it
        run: does it; may run twice, when it was interrupted
    """

    summary: str
    run: Callable[[Database], Awaitable[None]]


async def _first(database: Database) -> None:
    await database["users"].create_index("email", unique=True)
    await database["groups"].create_index("name", unique=True)
    await database["service_accounts"].create_index("name", unique=True)
    await database["files"].create_index("created_by")


MIGRATIONS: Final = (Migration("unique emails and names", _first),)


async def schema_version(database: Database) -> int:
    """How many migrations the database has had."""
    document = await database[_COLLECTION].find_one({"_id": _ID})
    return int(document["value"]) if document else 0


async def migrate(database: Database) -> list[str]:
    """Bring the database to the version that this server knows.

    Returns:
        the summaries of the steps that were taken

    Raises:
        SchemaError: it is newer than this server
    """
    done = []
    for number in range(await _known_version(database), len(MIGRATIONS)):
        await MIGRATIONS[number].run(database)
        await database[_COLLECTION].update_one({"_id": _ID}, {"$max": {"value": number + 1}}, upsert=True)
        done.append(MIGRATIONS[number].summary)
    return done


async def require_current(database: Database) -> None:
    """Return when the database is of this server's version.

    Raises:
        SchemaError: it is not, and what to do
    """
    version = await _known_version(database)
    if version < len(MIGRATIONS):
        raise SchemaError(
            f"the database {database.name!r} is of version {version}, this server needs {len(MIGRATIONS)}:"
            " run `safelight-server migrate` (or `bootstrap` on a new installation)"
        )


async def _known_version(database: Database) -> int:
    version = await schema_version(database)
    if version > len(MIGRATIONS):
        raise SchemaError(
            f"the database {database.name!r} is of version {version}, and this server only knows"
            f" {len(MIGRATIONS)}: run a newer server"
        )
    return version
