"""Which datasets somebody sees, and what they may do with each."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from safelight_server.authz.access import AccessList
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.datasets.accesses import Accesses
from safelight_server.datasets.catalogue import Catalogue
from safelight_server.datasets.errors import DatasetNotFoundError, NotManagerError
from safelight_server.datasets.model import Dataset, DatasetPermissionOf, Permission
from safelight_server.datasets.store import AccessListStore
from safelight_server.groups.model import Group


@dataclass(frozen=True, slots=True)
class Seen:
    """A dataset that a caller may see, found by name or id."""

    id: ObjectId
    name: str
    level: Level
    access_list: AccessList

    @property
    def view(self) -> Dataset:
        """The dataset as the API shows it."""
        return Dataset(str(self.id), self.name, Permission.of(self.level), self.access_list.created_by)


class DatasetService:
    """Finds datasets for callers.

    Args:
        catalogue: names and ids
        lists: every access list
        accesses: what everybody may do
    """

    def __init__(self, catalogue: Catalogue, lists: AccessListStore, accesses: Accesses) -> None:
        self._catalogue = catalogue
        self._lists = lists
        self._accesses = accesses

    async def all(self, caller: Principal) -> list[Dataset]:
        """Every dataset that the caller may see, by name."""
        access = self._accesses.of(caller)
        names = await self._catalogue.names(None if access.unlimited else access.permitted(Level.VIEW))
        return [
            Seen(dataset_id, name, access.level(dataset_id), self._list(dataset_id)).view
            for dataset_id, name in names.items()
        ]

    async def find(self, caller: Principal, dataset: str) -> Seen:
        """The dataset of this name or id.

        Raises:
            DatasetNotFoundError: there is none, or the caller may not see it
        """
        try:
            dataset_id, name = await self._catalogue.find(dataset)
        except DatasetNotFoundError:
            # As much work as for one that exists: who measures must not learn which it is.
            await self._accesses.refreshed(caller, ObjectId())
            raise
        level = (await self._accesses.refreshed(caller, dataset_id)).level(dataset_id)
        if level is Level.NO_ACCESS:
            raise DatasetNotFoundError(dataset)
        return Seen(dataset_id, name, level, self._list(dataset_id))

    async def find_managed(self, caller: Principal, dataset: str) -> Seen:
        """The same, for a caller who manages it.

        Raises:
            DatasetNotFoundError: there is none, or the caller may not see it
            NotManagerError: the caller may see it, and not manage it
        """
        seen = await self.find(caller, dataset)
        if seen.level < Level.MANAGE:
            raise NotManagerError(seen.name)
        return seen

    async def permissions_of(self, principal: Principal) -> list[DatasetPermissionOf]:
        """What a user or service account may do with every dataset that it sees."""
        return [
            DatasetPermissionOf(dataset.id, dataset.name, dataset.permission)
            for dataset in await self.all(principal)
        ]

    async def permissions_of_group(self, group: Group) -> list[DatasetPermissionOf]:
        """What a group was granted."""
        granted = {each.dataset_id: each.groups[group.id] for each in self._lists.naming_group(group.id)}
        names = await self._catalogue.names(granted)
        return [
            DatasetPermissionOf(str(dataset_id), name, Permission.of(granted[dataset_id]))
            for dataset_id, name in names.items()
        ]

    def _list(self, dataset_id: ObjectId) -> AccessList:
        """Datasets that were made around the server have no list, and are admins' only."""
        return self._lists.get(dataset_id) or AccessList(dataset_id)
