"""What each principal may do with every dataset, kept ready: the gateway asks before every command."""

from __future__ import annotations

from typing import Any, Final

from bson import ObjectId

from safelight_server.authz.access import Access, AccessList, resolve, update
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.datasets.errors import DatasetIdInUseError, OtherSourceError
from safelight_server.datasets.store import AccessListStore
from safelight_server.organization.store import OrganizationStore

_MOST_CHANGES: Final = 1000
"""Changes after which a snapshot is made anew."""


class Accesses:
    """Snapshots of access, and the effects of datasets that come and go.

    Args:
        lists: every access list
        organization: says what new datasets give to members by default
    """

    def __init__(self, lists: AccessListStore, organization: OrganizationStore) -> None:
        self._lists = lists
        self._organization = organization
        self._ready: dict[str, Access] = {}
        self._changed: dict[str, set[ObjectId]] = {}
        lists.subscribe(self._note_change)

    def of(self, principal: Principal) -> Access:
        """What a principal may do now: the same object until something changes."""
        ready = self._ready.get(principal.id)
        lists, version = self._lists.all(), self._lists.version
        if ready is None or ready.principal is not principal:
            ready = resolve(principal, lists.values(), version)
        elif changed := self._changed.get(principal.id):
            ready = update(ready, lists, self._lists.generated(), changed, version)
        else:
            return ready
        self._ready[principal.id], self._changed[principal.id] = ready, set()
        return ready

    async def refreshed(self, principal: Principal, dataset_id: ObjectId) -> Access:
        """As `of`, once more looking at one dataset's list in the database.

        Ask this before refusing something: another server process may have granted it a moment ago.
        """
        await self._lists.refresh(dataset_id)
        return self.of(principal)

    async def reserve(
        self,
        principal: Principal,
        dataset_id: ObjectId,
        *,
        generated: bool = False,
        source: ObjectId | None = None,
    ) -> None:
        """Give a dataset that is about to be made to the principal that makes it.

        A principal that has it already keeps it: the command was sent again.

        Args:
            principal: who makes it
            dataset_id: its id
            generated: whether it holds what a view of another dataset computed
            source: that other dataset, when known

        Raises:
            DatasetIdInUseError: somebody else has a dataset of this id
        """
        default = Level.NO_ACCESS if generated else self._organization.settings.default_dataset_permission
        try:
            await self._lists.insert(
                AccessList(
                    dataset_id=dataset_id,
                    created_by=principal.id,
                    default=default,
                    users={principal.id: Level.MANAGE},
                    generated=generated,
                    source=source,
                )
            )
        except DatasetIdInUseError:
            known = await self._lists.refresh(dataset_id)
            if known is None or known.created_by != principal.id:
                raise

    async def forget(self, dataset_id: ObjectId) -> None:
        """The dataset is gone, or was not made after all."""
        await self._lists.delete(dataset_id)

    async def record_source(self, dataset_id: ObjectId, source: ObjectId) -> None:
        """A generated dataset is filled from `source`.

        Raises:
            OtherSourceError: it was filled from another one, so it holds data of that
        """
        await self._lists.set_source(dataset_id, source)
        known = self._lists.get(dataset_id)
        if known and known.generated and known.source != source:
            raise OtherSourceError(dataset_id, known.source)

    def _note_change(self, dataset_id: Any) -> None:
        for principal_id, changed in list(self._changed.items()):
            changed.add(dataset_id)
            if len(changed) > _MOST_CHANGES:  # of somebody who is not here: not worth keeping
                del self._ready[principal_id], self._changed[principal_id]
