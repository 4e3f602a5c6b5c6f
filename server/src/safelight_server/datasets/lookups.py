"""What the policy may ask about datasets and files before it decides."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from bson import ObjectId, decode

from safelight_server.authz.decision import DatasetFact, FileFact
from safelight_server.datasets.catalogue import Catalogue
from safelight_server.datasets.store import AccessListStore
from safelight_server.db.databases import Database

_PREFIXES: Final = ("samples", "clips", "patches", "patches.frames", "frames")
_NAMES: Final = (*_PREFIXES, *(f"frames.{prefix}" for prefix in _PREFIXES))


def collections_of(dataset_id: ObjectId) -> list[str]:
    """Every name that a collection of this dataset can have; clips have no frames but their source's."""
    return [f"{prefix}.{dataset_id}" for prefix in _NAMES]


class Lookups:
    """Answers from the databases.

    Args:
        shared: the datasets' database, with the account that can only read
        own: the server's
        catalogue: FiftyOne's datasets
        lists: every access list
    """

    def __init__(self, shared: Database, own: Database, catalogue: Catalogue, lists: AccessListStore) -> None:
        self._shared = shared
        self._catalogue = catalogue
        self._files = own["files"]
        self._lists = lists

    async def dataset(self, dataset_id: ObjectId) -> DatasetFact:
        """What is known about a dataset id."""
        known = self._lists.get(dataset_id)
        if known:
            return DatasetFact(exists=True, creator=known.created_by)
        # Most often there is nothing yet, so all of it has to be asked: at once, since a command waits.
        known, document, collections = await asyncio.gather(
            self._lists.refresh(dataset_id),
            self._catalogue.knows(dataset_id),
            self._shared.list_collection_names(filter={"name": {"$in": collections_of(dataset_id)}}),
        )
        if known:
            return DatasetFact(exists=True, creator=known.created_by)
        return DatasetFact(exists=document or bool(collections))

    async def file(self, file_id: ObjectId) -> FileFact:
        """What is known about a GridFS file; one that is there takes as many questions as one that is not."""
        runs, record, head, chunk = await asyncio.gather(
            self._shared["runs"].find({"results": file_id}, {"_dataset_id": 1}).to_list(None),
            self._files.find_one({"_id": file_id}),
            self._shared["fs.files"].find_one({"_id": file_id}, {"_id": 1}),
            self._shared["fs.chunks"].find_one({"files_id": file_id}, {"_id": 1}),
        )
        creator = record["created_by"] if record else None
        datasets = frozenset(run["_dataset_id"] for run in runs)
        return FileFact(datasets, creator, head is not None or chunk is not None)

    async def rows(self, collection: str, field: str, query: bytes) -> frozenset[Any]:
        """The dataset ids of the rows of a shared collection that match.

        Args:
            collection: its name
            field: where its rows hold their dataset id
            query: as a client sent it, encoded, and found harmless by the policy
        """
        return frozenset(await self._shared[collection].distinct(field, decode(query)))

    async def record_file(self, file_id: ObjectId, principal_id: str) -> None:
        """Remember who writes a GridFS file; the first one recorded stays."""
        await self._files.update_one(
            {"_id": file_id}, {"$setOnInsert": {"created_by": principal_id}}, upsert=True
        )
