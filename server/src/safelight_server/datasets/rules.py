"""The policy with what it needs: access, facts, and the effects of commands on who may do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from bson import ObjectId

from safelight_server.authz.access import Access
from safelight_server.authz.decision import (
    AskDataset,
    AskFile,
    AskRows,
    Decision,
    Effect,
    Facts,
    ForgetDataset,
    RecordFileCreator,
    RecordSource,
    ReserveDataset,
)
from safelight_server.authz.principal import Principal
from safelight_server.authz.request import Request
from safelight_server.datasets.accesses import Accesses
from safelight_server.datasets.catalogue import Catalogue
from safelight_server.datasets.lookups import Lookups
from safelight_server.db.databases import Document
from safelight_server.db.replica import Replica

Decide: TypeAlias = Callable[[Request, Access, Facts], Decision]


class DatasetRules:
    """What the gateway asks: see `gateway.rules.Rules`.

    Args:
        decide: the policy
        replica: says whether what is in memory is current
        accesses: who may do what
        lookups: facts about datasets and files
        catalogue: FiftyOne's datasets
    """

    def __init__(
        self, decide: Decide, replica: Replica, accesses: Accesses, lookups: Lookups, catalogue: Catalogue
    ) -> None:
        self._decide = decide
        self._replica = replica
        self._accesses = accesses
        self._lookups = lookups
        self._catalogue = catalogue

    async def ready(self) -> None:
        if not self._replica.is_live:
            await self._replica.ensure_live()

    def access(self, principal: Principal) -> Access:
        return self._accesses.of(principal)

    async def refreshed(self, principal: Principal, dataset_id: ObjectId) -> Access:
        return await self._accesses.refreshed(principal, dataset_id)

    def decide(self, request: Request, access: Access, facts: Facts) -> Decision:
        return self._decide(request, access, facts)

    async def look_up(self, question: AskFile | AskDataset | AskRows) -> Any:
        if isinstance(question, AskFile):
            return await self._lookups.file(question.file_id)
        if isinstance(question, AskRows):
            return await self._lookups.rows(question.collection, question.field, question.query)
        return await self._lookups.dataset(question.dataset_id)

    async def name_of(self, dataset_id: ObjectId) -> str | None:
        return await self._catalogue.name_of(dataset_id)

    async def prepare(self, effect: Effect, access: Access) -> None:
        if isinstance(effect, ReserveDataset):
            await self._accesses.reserve(
                access.principal, effect.dataset_id, generated=effect.generated, source=effect.source
            )
        elif isinstance(effect, RecordSource):
            await self._accesses.record_source(effect.dataset_id, effect.source)
        elif isinstance(effect, RecordFileCreator):
            await self._lookups.record_file(effect.file_id, access.principal.id)

    async def settle(self, effect: Effect, _access: Access, reply: Document | None) -> None:
        """A reservation ends when the dataset was not made, a list when its dataset is gone.

        Where nobody knows whether the command was executed, the list stays: too many lists hurt nobody.
        """
        if reply is None or not isinstance(effect, ReserveDataset | ForgetDataset):
            return
        made = isinstance(effect, ReserveDataset) and reply.get("ok") and not reply.get("writeErrors")
        if not made and not await self._catalogue.knows(effect.dataset_id):
            await self._accesses.forget(effect.dataset_id)
