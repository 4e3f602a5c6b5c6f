"""Non-persistent datasets, which nobody deletes at exit when everybody comes through the API.

FiftyOne itself, when a process ends and no other seems to be connected, deletes every non-persistent dataset:
temporary ones, and those that hold patches, clips or frames of a view. Behind a server it cannot know who
else is connected, so it must not (the policy refuses), and the server does it: once whoever made the dataset
has not been seen for a while. Datasets that were made around the server are left to whoever did that.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from bson import ObjectId
from pymongo.errors import PyMongoError

from safelight_server.api_keys.store import ApiKeyStore
from safelight_server.datasets.lookups import collections_of
from safelight_server.datasets.store import AccessListStore
from safelight_server.db.databases import Database

logger = logging.getLogger(__name__)

_EVERY_S: Final = 600.0
_ROWS: Final[Mapping[str, str]] = {
    "views": "_dataset_id",
    "workspaces": "_dataset_id",
    "runs": "_dataset_id",
    "tags": "_dataset_id",
    "delegated_ops": "dataset_id",
    "execution_store": "dataset_id",
}
"""Where rows of a dataset are, and the field that names it."""


class TemporaryDatasets:
    """Deletes those that nobody uses any more. Each process may do it: it can be done twice.

    Args:
        shared: the datasets' database, with the account that can write
        lists: say who made which dataset
        keys: say when their makers were seen
        note_use: brings that up to date for makers who are connected now
        unused: how long a maker may be away; zero: for ever
    """

    def __init__(
        self,
        shared: Database,
        lists: AccessListStore,
        keys: ApiKeyStore,
        note_use: Callable[[], Awaitable[None]],
        unused: timedelta,
    ) -> None:
        self._shared = shared
        self._lists = lists
        self._keys = keys
        self._note_use = note_use
        self._unused = unused

    async def keep_collecting(self) -> None:
        """Collect from time to time, until cancelled."""
        while True:
            # Not all processes at the same moment.
            await asyncio.sleep(_EVERY_S * random.uniform(0.5, 1.5))  # noqa: S311 - to spread, not to hide
            try:
                await self._note_use()
                await self.collect()
            except PyMongoError as error:
                logger.warning("temporary datasets were not collected: %s", error)

    async def collect(self) -> list[str]:
        """Delete what is not used; the names of what was deleted."""
        if not self._unused:
            return []
        before = datetime.now(timezone.utc) - self._unused
        names = []
        fields = {"name": 1, "last_loaded_at": 1, "created_at": 1}
        async for document in self._shared["datasets"].find({"persistent": False}, fields):
            access_list = self._lists.get(document["_id"])
            if access_list is None or access_list.created_by is None:
                continue
            touched = [_aware(document.get(name)) for name in ("last_loaded_at", "created_at")]
            seen = [key.last_used_at for key in self._keys.of_owner(access_list.created_by)]
            if all(moment is None or moment < before for moment in (*touched, *seen)):
                await self._delete(document["_id"])
                names.append(document["name"])
        if names:
            logger.info("deleted temporary datasets that nobody uses: %s", ", ".join(names))
        return names

    async def _delete(self, dataset_id: ObjectId) -> None:
        """The document last: what is interrupted is found again."""
        files = await self._shared["runs"].distinct("results", {"_dataset_id": dataset_id})
        await self._shared["fs.chunks"].delete_many({"files_id": {"$in": files}})
        await self._shared["fs.files"].delete_many({"_id": {"$in": files}})
        for collection, field in _ROWS.items():
            await self._shared[collection].delete_many({field: dataset_id})
        for name in collections_of(dataset_id):
            await self._shared[name].drop()
        await self._shared["datasets"].delete_one({"_id": dataset_id})
        await self._lists.delete(dataset_id)


def _aware(moment: Any) -> datetime | None:
    return moment.replace(tzinfo=timezone.utc) if isinstance(moment, datetime) else None
