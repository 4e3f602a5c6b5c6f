"""What the gateway asks of the rest of the server."""

from __future__ import annotations

from typing import Any, Protocol

from bson import ObjectId

from safelight_server.authz.access import Access
from safelight_server.authz.decision import AskDataset, AskFile, AskRows, Decision, Effect, Facts
from safelight_server.authz.principal import Principal
from safelight_server.authz.request import Request


class Rules(Protocol):
    """Judges commands, and keeps what they change about who may do what."""

    async def ready(self) -> None:
        """Return when what is in memory is current, which is at once but for faults.

        Raises:
            UnavailableError: it does not become so in time
        """
        ...

    def access(self, principal: Principal) -> Access:
        """What a principal may do now; from memory, since every command asks."""
        ...

    async def refreshed(self, principal: Principal, dataset_id: ObjectId) -> Access:
        """As `access`, with what another server may have written about one dataset a moment ago."""
        ...

    def decide(self, request: Request, access: Access, facts: Facts) -> Decision:
        """Judge one command."""
        ...

    async def look_up(self, question: AskFile | AskDataset | AskRows) -> Any:
        """Answer a question of the policy."""
        ...

    async def name_of(self, dataset_id: ObjectId) -> str | None:
        """The name of a dataset, for whoever sees it; None when it is gone."""
        ...

    async def prepare(self, effect: Effect, access: Access) -> None:
        """Keep an effect that has to be there before its command runs.

        Raises:
            ServerError: it cannot be kept, so the command must not run
        """
        ...

    async def settle(self, effect: Effect, access: Access, reply: dict[str, Any] | None) -> None:
        """Make an effect final, or take it back, now that its command ran.

        Args:
            effect: one that was prepared, or one of those for after the command
            access: whose command it was
            reply: of MongoDB; None when nobody knows whether the command was executed
        """
        ...
