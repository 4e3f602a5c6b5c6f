"""Reading shared collections whose rows belong to datasets: the same commands as on samples, filtered."""

from __future__ import annotations

from typing import Final

from safelight_server.authz.case import Case
from safelight_server.authz.decision import Account, Forward
from safelight_server.authz.denials import malformed
from safelight_server.authz.levels import Level
from safelight_server.authz.operators import vetted
from safelight_server.authz.rowfilter import Rows
from safelight_server.authz.stages import read_pipeline
from safelight_server.authz.words import words

_CHANGE_STREAM: Final = words("fullDocument resumeAfter startAfter startAtOperationTime")


def find(case: Case, rows: Rows) -> Forward:
    return _filtered(case, rows, "filter")


def count(case: Case, rows: Rows) -> Forward:
    return _filtered(case, rows, "query")


def distinct(case: Case, rows: Rows) -> Forward:
    return _filtered(case, rows, "query")


def aggregate(case: Case, rows: Rows) -> Forward:
    """The filter comes before everything that the client asks for."""
    pipeline = case.body.get("pipeline")
    if isinstance(pipeline, list) and pipeline and "$changeStream" in pipeline[0]:
        return _watch(case, rows, pipeline)
    stages = read_pipeline(pipeline, joins=False).stages
    condition = rows.condition()
    if condition is not None:
        stages = [{"$match": condition}, *stages]
    return case.forward(Account.READ, Level.VIEW, changes={"pipeline": stages}, reach=rows.reach)


def list_indexes(case: Case, rows: Rows) -> Forward:
    """The indexes are the server's own, and say nothing about any row."""
    return case.forward(Account.READ, Level.NO_ACCESS, reach=rows.reach)


def _filtered(case: Case, rows: Rows, argument: str) -> Forward:
    query = rows.narrowed(vetted(case.document(argument)))
    return case.forward(Account.READ, Level.VIEW, changes={argument: query}, reach=rows.reach)


def _watch(case: Case, rows: Rows, pipeline: list[dict[str, object]]) -> Forward:
    """A change stream: events are filtered by the row that they carry; those that carry none are dropped."""
    options = pipeline[0]["$changeStream"]
    if len(pipeline[0]) != 1 or not isinstance(options, dict) or options.keys() - _CHANGE_STREAM:
        raise malformed("a change stream with these options")
    stages = [pipeline[0], *read_pipeline(pipeline[1:], joins=False).stages]
    condition = rows.condition(f"fullDocument.{rows.field}")
    if condition is not None:
        stages.insert(1, {"$match": {"fullDocument": {"$type": "object"}, **condition}})
    return case.forward(Account.READ, Level.VIEW, changes={"pipeline": stages}, reach=rows.reach)
