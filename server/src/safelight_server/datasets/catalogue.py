"""Names and ids of datasets, as FiftyOne's database has them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bson import ObjectId
from bson.errors import InvalidId

from safelight_server.datasets.errors import DatasetNotFoundError
from safelight_server.db.databases import Database, Document

_OWN_DATA: Final = {"sample_collection_name": {"$regex": r"^samples\."}}
"""Generated datasets (patches, clips, frames) are parts of others, and not shared by themselves."""


class Catalogue:
    """Looks datasets up; knows nothing of who may see them.

    Args:
        shared: the datasets' database
    """

    def __init__(self, shared: Database) -> None:
        self._datasets = shared["datasets"]

    async def names(self, ids: Collection[ObjectId] | None = None) -> dict[ObjectId, str]:
        """Names by id, sorted by name; of all datasets when `ids` is None."""
        query = _OWN_DATA if ids is None else {**_OWN_DATA, "_id": {"$in": list(ids)}}
        found = self._datasets.find(query, {"name": 1}).sort("name", 1)
        return {document["_id"]: document["name"] async for document in found}

    async def find(self, dataset: str) -> tuple[ObjectId, str]:
        """Id and name of the dataset of this id or name; a name that looks like an id is a name first.

        Raises:
            DatasetNotFoundError: there is none
        """
        found = await self._datasets.find_one({**_OWN_DATA, "name": dataset}, {"name": 1})
        if found is None:
            found = await self._datasets.find_one({**_OWN_DATA, "_id": _object_id(dataset)}, {"name": 1})
        if found is None:
            raise DatasetNotFoundError(dataset)
        return found["_id"], found["name"]

    async def knows(self, dataset_id: ObjectId) -> bool:
        """Whether there is a dataset of this id, be it a generated one."""
        return await self._document(dataset_id) is not None

    async def name_of(self, dataset_id: ObjectId) -> str | None:
        """Its name, also that of a generated dataset; None when it is gone."""
        found = await self._document(dataset_id)
        return found.get("name") if found else None

    async def _document(self, dataset_id: ObjectId) -> Document | None:
        return await self._datasets.find_one({"_id": dataset_id}, {"name": 1})


def _object_id(text: str) -> ObjectId:
    try:
        return ObjectId(text)
    except InvalidId:
        raise DatasetNotFoundError(text) from None
