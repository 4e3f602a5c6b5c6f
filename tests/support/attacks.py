"""What Eve sends to learn of Ada's dataset, or to change it; without a policy most of it would work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson import Binary, Code, ObjectId

from support.two_users import MARKER, Stage

Make = Callable[[Stage], dict[str, Any]]


def own(stage: Stage) -> str:
    """The samples of a dataset that Eve manages."""
    return f"samples.{stage.own['MANAGE']}"


def pipeline(*stages: Callable[[Stage], dict[str, Any]]) -> Make:
    """An aggregation of Eve's own samples."""
    return lambda stage: {
        "aggregate": own(stage),
        "pipeline": [make(stage) for make in stages],
        "cursor": {},
    }


def secret(stage: Stage) -> str:
    """The samples that Eve must not see."""
    return f"samples.{stage.secret}"


def shared_pipeline(collection: str, *stages: dict[str, Any]) -> Make:
    """An aggregation of a shared collection."""
    return lambda _: {"aggregate": collection, "pipeline": list(stages), "cursor": {}}


ATTACKS: dict[str, Make] = {
    "find": lambda s: {"find": secret(s)},
    "find by uuid": lambda s: {"find": Binary(b"\1" * 16, 4)},
    "find with a newline": lambda s: {"find": f"{secret(s)}\n"},
    "count": lambda s: {"count": secret(s)},
    "distinct": lambda s: {"distinct": secret(s), "key": "label"},
    "listIndexes": lambda s: {"listIndexes": secret(s), "cursor": {}},
    "collstats": lambda s: {"collstats": secret(s)},
    "dbstats": lambda _: {"dbStats": 1},
    "explain": lambda s: {"explain": {"find": secret(s)}},
    "validate": lambda s: {"validate": secret(s)},
    "lookup": pipeline(lambda s: {"$lookup": {"from": secret(s), "pipeline": [], "as": "x"}}),
    "graphLookup": pipeline(
        lambda s: {
            "$graphLookup": {
                "from": secret(s),
                "startWith": 1,
                "connectFromField": "a",
                "connectToField": "b",
                "as": "x",
            }
        }
    ),
    "unionWith": pipeline(lambda s: {"$unionWith": secret(s)}),
    "unionWith in facet": pipeline(lambda s: {"$facet": {"a": [{"$unionWith": {"coll": secret(s)}}]}}),
    "lookup in lookup": pipeline(
        lambda s: {
            "$lookup": {
                "from": f"samples.{s.own['VIEW']}",
                "pipeline": [{"$lookup": {"from": secret(s), "pipeline": [], "as": "y"}}],
                "as": "x",
            }
        }
    ),
    "out": pipeline(lambda s: {"$out": secret(s)}),
    "out elsewhere": pipeline(lambda s: {"$out": {"db": "admin", "coll": "x"}}),
    "out without edit": pipeline(lambda s: {"$out": f"samples.{s.own['TAG']}"}),
    "merge": pipeline(lambda s: {"$merge": {"into": secret(s)}}),
    "merge elsewhere": pipeline(lambda s: {"$merge": {"into": {"db": "safelight", "coll": "users"}}}),
    "merge into a shared collection": pipeline(lambda _: {"$merge": {"into": "datasets"}}),
    "join datasets": pipeline(lambda _: {"$unionWith": "datasets"}),
    "where": lambda s: {"find": own(s), "filter": {"$where": "sleep(10000)"}},
    "where as code": lambda s: {"count": own(s), "query": {"$where": Code("1")}},
    "function": pipeline(
        lambda _: {"$project": {"a": {"$function": {"body": "function() {}", "args": [], "lang": "js"}}}}
    ),
    "mapReduce": lambda s: {"mapReduce": secret(s), "map": Code("1"), "reduce": Code("1"), "out": "x"},
    "view": lambda s: {"create": "v", "viewOn": secret(s), "pipeline": []},
    "view by collMod": lambda s: {"collMod": own(s), "viewOn": secret(s), "pipeline": []},
    "rename": lambda s: {"renameCollection": f"fiftyone.{secret(s)}", "to": "fiftyone.x"},
    "drop": lambda s: {"drop": secret(s)},
    "dropDatabase": lambda _: {"dropDatabase": 1},
    "currentOp": lambda _: {"aggregate": 1, "pipeline": [{"$currentOp": {}}], "cursor": {}},
    "sessions": lambda _: {"aggregate": 1, "pipeline": [{"$listLocalSessions": {}}], "cursor": {}},
    "applyOps": lambda s: {"applyOps": [{"op": "d", "ns": f"fiftyone.{secret(s)}", "o": {}}]},
    "insert": lambda s: {"insert": secret(s), "documents": [{"a": 1}]},
    "update": lambda s: {"update": secret(s), "updates": [{"q": {}, "u": {"$set": {"a": 1}}, "multi": True}]},
    "delete": lambda s: {"delete": secret(s), "deletes": [{"q": {}, "limit": 0}]},
    "findAndModify": lambda s: {"findAndModify": secret(s), "query": {}, "remove": True},
    "createIndexes": lambda s: {"createIndexes": secret(s), "indexes": [{"key": {"a": 1}, "name": "a"}]},
    "ttl": lambda _: {
        "createIndexes": "datasets",
        "indexes": [{"key": {"created_at": 1}, "name": "a", "expireAfterSeconds": 0}],
    },
    "dropIndexes": lambda s: {"dropIndexes": secret(s), "index": "*"},
    "dataset by id": lambda s: {"find": "datasets", "filter": {"_id": s.secret}},
    "dataset by or": lambda s: {"find": "datasets", "filter": {"$or": [{"_id": s.secret}, {}]}},
    "dataset by expr": lambda _: {"find": "datasets", "filter": {"$expr": {"$ne": ["$name", "x"]}}},
    "datasets distinct": lambda _: {"distinct": "datasets", "key": "info.text"},
    "datasets count": lambda _: {"count": "datasets", "query": {"info.text": MARKER}},
    "datasets facet": shared_pipeline("datasets", {"$facet": {"a": [{"$match": {}}]}}),
    "datasets group": shared_pipeline("datasets", {"$group": {"_id": "$info.text"}}),
    "datasets lookup": shared_pipeline("datasets", {"$lookup": {"from": "datasets", "as": "x"}}),
    "datasets stats": shared_pipeline("datasets", {"$collStats": {"count": {}}}),
    "views by slug": lambda _: {"find": "views", "filter": {"slug": MARKER}},
    "runs": lambda s: {"find": "runs", "filter": {"_id": s.run}},
    "stores": lambda _: {"distinct": "execution_store", "key": "store_name"},
    "tags": shared_pipeline("tags", {"$match": {}}),
    "delegated": lambda _: {"find": "delegated_ops", "filter": {}},
    "file": lambda s: {"find": "fs.files", "filter": {"_id": s.file}},
    "chunks": lambda s: {"find": "fs.chunks", "filter": {"files_id": s.file}},
    "all chunks": lambda _: {"find": "fs.chunks", "filter": {}},
    "delete chunks": lambda s: {"delete": "fs.chunks", "deletes": [{"q": {"files_id": s.file}, "limit": 0}]},
    "overwrite a file": lambda s: {"insert": "fs.chunks", "documents": [{"files_id": s.file, "n": 9}]},
    "bind a file to an own run": lambda s: {
        "insert": "runs",
        "documents": [{"_dataset_id": s.own["EDIT"], "key": "k", "results": s.file}],
    },
    "move a row here": lambda s: {
        "update": "runs",
        "updates": [{"q": {"_id": s.run}, "u": {"$set": {"_dataset_id": s.own["EDIT"]}}}],
    },
    "upsert under the filter": lambda s: {
        "update": "execution_store",
        "updates": [{"q": {"dataset_id": s.secret, "key": "n"}, "u": {"$set": {"value": 1}}, "upsert": True}],
    },
    "upsert without a dataset": lambda s: {
        "findAndModify": "execution_store",
        "query": {"key": "n"},
        "update": {"$setOnInsert": {"dataset_id": s.secret}},
        "upsert": True,
    },
    "repoint a dataset": lambda s: {
        "update": "datasets",
        "updates": [{"q": {"_id": s.own["MANAGE"]}, "u": {"$set": {"sample_collection_name": secret(s)}}}],
    },
    "a dataset over its samples": lambda s: {
        "insert": "datasets",
        "documents": [{"_id": ObjectId(), "name": "mine", "sample_collection_name": secret(s)}],
    },
    "a dataset with its id": lambda s: {
        "insert": "datasets",
        "documents": [{"_id": s.secret, "name": "mine", "sample_collection_name": secret(s)}],
    },
    "clips over its frames": lambda s: {
        "insert": "datasets",
        "documents": [
            {
                "_id": (new := ObjectId()),
                "name": "mine",
                "slug": "mine",
                "sample_collection_name": f"clips.{new}",
                "frame_collection_name": f"frames.{secret(s)}",
            }
        ],
    },
    "delete a dataset": lambda s: {"delete": "datasets", "deletes": [{"q": {"_id": s.secret}, "limit": 1}]},
    "delete all datasets": lambda _: {"delete": "datasets", "deletes": [{"q": {}, "limit": 0}]},
    "all collections": lambda _: {"listCollections": 1, "nameOnly": False, "cursor": {"batchSize": 1}},
    "watch": shared_pipeline("execution_store", {"$changeStream": {"allChangesForCluster": True}}),
    "watch a dataset": lambda s: {"aggregate": secret(s), "pipeline": [{"$changeStream": {}}], "cursor": {}},
}
