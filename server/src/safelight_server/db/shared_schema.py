"""What FiftyOne expects of its database, made by the server so that no client needs the right to.

FiftyOne creates these indexes by itself at first use, under these names: clients of the API are told that
they exist already. Two are ours: `slug_1`, because FiftyOne's own check for equal slugs sees only what its
caller may see, and `results_1`, by which the owner of a file of results is found.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import OperationFailure

from safelight_server.db.databases import Database

logger = logging.getLogger(__name__)

_NEW_DATABASE_VERSION: Final = "1.22.1"
"""What a database without a version is taken for: the newest FiftyOne that Safelight supports."""

_TAG: Final = ("_dataset_id", "_sample_id", "kind", "index_type", "anchor", "start", "end", "tag")


def _index(name: str, *fields: str, unique: bool = False) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], name=name, unique=unique)


INDEXES: Final[Mapping[str, Sequence[IndexModel]]] = {
    "datasets": (
        _index("name_1", "name", unique=True),
        _index("sample_collection_name_1", "sample_collection_name", unique=True),
        IndexModel(
            [("slug", ASCENDING)],
            name="slug_1",
            unique=True,
            partialFilterExpression={"slug": {"$type": "string"}},
        ),
    ),
    "runs": (_index("results_1", "results"),),
    "delegated_ops": (
        _index("operator_1", "operator"),
        _index("updated_at_1", "updated_at"),
        _index("run_state_1", "run_state"),
        _index("parent_id_1", "parent_id"),
        IndexModel(
            [("dataset_id", ASCENDING), ("parent_id", ASCENDING), ("scheduled_at", DESCENDING)],
            name="dataset_id_1_parent_id_1_scheduled_at_1",
        ),
    ),
    "execution_store": (
        IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),
        _index("unique_store_index", "store_name", "key", "dataset_id", unique=True),
        *(_index(field, field) for field in ("store_name", "key", "dataset_id", "updated_at", "policy")),
    ),
    "fs.chunks": (_index("files_id_1_n_1", "files_id", "n", unique=True),),
    "fs.files": (_index("filename_1_uploadDate_1", "filename", "uploadDate"),),
    "ontologies": (
        _index("slug_1_version_1", "slug", "version", unique=True),
        _index("name_1", "name"),
        _index("type_1", "type"),
    ),
    "tags": (
        _index("unique_temporal_tag", *_TAG, unique=True),
        _index("temporal_tag_overlap", *_TAG[:-1]),
        _index(
            "temporal_tag_sample_range",
            *("_dataset_id", "_sample_id", "kind", "start", "end", "index_type", "anchor", "tag"),
        ),
        _index(
            "temporal_tag_tag_lookup",
            *("_dataset_id", "kind", "tag", "_sample_id", "start", "end", "index_type", "anchor"),
        ),
        _index("temporal_tag_counts", "_dataset_id", "kind", "anchor", "tag"),
    ),
}


async def prepare_shared_database(database: Database) -> None:
    """Make the indexes and the version document that are missing.

    An index that the data do not allow (two datasets of one slug) is left out, with a warning.

    Args:
        database: the datasets', with the account that may write
    """
    for collection, indexes in INDEXES.items():
        try:
            await database[collection].create_indexes(list(indexes))
        except OperationFailure as error:  # noqa: PERF203 - eight round trips, once per start
            reason = (error.details or {}).get("errmsg", error)
            logger.warning("not every index of %s.%s could be made: %s", database.name, collection, reason)
    if await database["config"].find_one() is None:
        await database["config"].insert_one({"version": _NEW_DATABASE_VERSION, "type": "fiftyone"})
