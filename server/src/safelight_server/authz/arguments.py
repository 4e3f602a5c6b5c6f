"""The commands that may be sent, and the arguments of each: what is not here is refused.

A new argument of a new server version is refused until somebody has read what it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from safelight_server.authz.denials import DeniedError, malformed
from safelight_server.authz.request import Request
from safelight_server.authz.words import words

GENERIC: Final = words("comment maxTimeMS readConcern writeConcern")
"""What drivers add to any command; not `$audit`, `$impersonatedUsers`, `collectionUUID` and the like."""


_PLAIN: Final = words(
    "allowDiskUse authorizedCollections batchSize bypassDocumentValidation limit maxTimeMS nameOnly new"
    " noCursorTimeout ordered remove scale singleBatch skip upsert"
)
"""Arguments that are no documents: nobody looks for operators in them."""

_PLAIN_TYPES: Final = (bool, int, float)


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        arguments: its own, beside the one that carries its name
        sequence: the argument that may come as a document sequence
        admin: whether it is sent to the database `admin`
    """

    arguments: frozenset[str]
    sequence: str | None = None
    admin: bool = False


def _command(arguments: str = "", *, sequence: str | None = None, admin: bool = False) -> Command:
    return Command(words(arguments), sequence, admin)


_WRITES: Final = "ordered bypassDocumentValidation let"

COMMANDS: Final = {
    "find": _command(
        "filter projection sort skip limit singleBatch batchSize hint collation let allowDiskUse"
        " noCursorTimeout"
    ),
    "aggregate": _command("pipeline cursor allowDiskUse hint collation let bypassDocumentValidation"),
    "count": _command("query limit skip hint collation"),
    "distinct": _command("key query hint collation"),
    "listIndexes": _command("cursor"),
    "collstats": _command("scale"),
    "listCollections": _command("cursor filter nameOnly authorizedCollections"),
    "insert": _command(f"documents {_WRITES}", sequence="documents"),
    "update": _command(f"updates {_WRITES}", sequence="updates"),
    "delete": _command(f"deletes {_WRITES}", sequence="deletes"),
    "findAndModify": _command(
        "query update remove new upsert fields sort arrayFilters hint collation let bypassDocumentValidation"
    ),
    "createIndexes": _command("indexes"),
    "dropIndexes": _command("index"),
    "collMod": _command("index"),
    "drop": _command(),
    "getMore": _command("collection batchSize"),
    "killCursors": _command("cursors"),
    "ping": _command(admin=True),
    "buildInfo": _command(admin=True),
    "buildinfo": _command(admin=True),
    "endSessions": _command(admin=True),
    "commitTransaction": _command("recoveryToken", admin=True),
    "abortTransaction": _command("recoveryToken", admin=True),
}


def checked(request: Request, database: str) -> Command:
    """The command of a request whose names are all known and sent to the right database.

    Args:
        request: the request
        database: the one database that clients may use

    Raises:
        DeniedError: something is not
    """
    command = COMMANDS.get(request.name)
    if command is None:
        raise DeniedError("command", f"The command {request.name!r} is not allowed over the API connection.")
    if request.database != ("admin" if command.admin else database):
        raise DeniedError(
            "database", f"{request.name!r} is not allowed on the database {request.database!r}."
        )
    for argument in request.body:
        if argument in _PLAIN and not isinstance(request.body[argument], _PLAIN_TYPES):
            raise malformed(f"{argument!r} that is neither a number nor a boolean")
        if argument != request.name and argument not in command.arguments and argument not in GENERIC:
            raise DeniedError(
                "argument",
                f"The argument {argument!r} of {request.name!r} is not allowed over the API connection.",
            )
    for name in request.sections:
        if name != command.sequence or name in request.body:
            raise malformed(f"the document sequence {name!r} with {request.name!r}")
    return command
