"""A run holds its results as a GridFS file: only a file of one's own, or the run's own, may be named.

Otherwise anybody who can write one run could read every file, by naming it in that run.
"""

from __future__ import annotations

from bson import ObjectId

from safelight.wire.documents import Document
from safelight_server.authz.case import Case
from safelight_server.authz.decision import AskFile, FileFact
from safelight_server.authz.denials import DeniedError, malformed


def check(case: Case, results: object, dataset_id: object) -> None:
    """Refuse a new run of `dataset_id` whose results are somebody else's file."""
    permitted = datasets(case, results)
    if permitted is not None and dataset_id not in permitted:
        raise _foreign(results)


def narrowed(case: Case, query: Document, results: object) -> Document:
    """The query over the runs that may have this file as their results."""
    permitted = datasets(case, results)
    if permitted is None:
        return query
    if not permitted:
        raise _foreign(results)
    return {"$and": [{"_dataset_id": {"$in": list(permitted)}}, query]}


def datasets(case: Case, results: object) -> frozenset[ObjectId] | None:
    """The datasets whose runs may hold a file; None: any."""
    if results is None or case.access.unlimited:
        return None
    if not isinstance(results, ObjectId):
        raise malformed("results of a run that are no file")
    fact: FileFact = case.fact(AskFile(results))
    if fact.datasets:
        return fact.datasets
    return None if fact.creator == case.access.principal.id else frozenset()


def _foreign(results: object) -> DeniedError:
    return DeniedError("file", f"There is no file {results}, or you have no access to it.")
