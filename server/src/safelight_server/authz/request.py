"""One command as a client sent it, decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from safelight.wire.documents import Documents


@dataclass(frozen=True, slots=True)
class Request:
    """One command.

    Attributes:
        database: what `$db` said
        name: the first key of the body, exactly as sent
        body: the body, decoded, without `$db` and the fields of sessions, transactions and cluster times;
            where the client doubled a key only the last one is here
        sections: the document sequences (kind 1), by identifier: `documents`, `updates`, `deletes`
        in_transaction: whether it belongs to a transaction of several commands
    """

    database: str
    name: str
    body: Mapping[str, Any]
    sections: Mapping[str, Documents] = field(default_factory=dict)
    in_transaction: bool = False

    @property
    def target(self) -> Any:
        """The value of the command's own key: for most commands a collection, if the client is honest."""
        return self.body.get(self.name)
