"""Writing rows that belong to datasets: views, workspaces, runs, temporal tags, delegated operations, stores.

A row needs the level on the dataset that it names, is changed in place, and never moves to another
dataset. A row that the principal sees and may not change is refused by name; one that it does not see is
not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import bson
from bson import ObjectId

from safelight.wire.documents import Document
from safelight_server.authz import run_results
from safelight_server.authz.case import Case, as_document, only
from safelight_server.authz.decision import Account, AskRows, Forward
from safelight_server.authz.denials import DeniedError, malformed
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Kind
from safelight_server.authz.operators import vetted
from safelight_server.authz.rowfilter import Rows
from safelight_server.authz.words import words

OPERATORS: Final = words(
    "$addToSet $currentDate $inc $max $min $pull $pullAll $push $set $setOnInsert $unset"
)
_UPDATE: Final = words("q u multi upsert arrayFilters collation hint")
_DELETE: Final = words("q limit collation hint")

_LOAD_MARK: Final = words("_id _dataset_id name child._name last_loaded_at")
"""What loading a saved view or a workspace sets: the date, and names that it sets to what they are."""


@dataclass(frozen=True, slots=True)
class RowRules:
    """What is particular about one shared collection.

    Attributes:
        field: where a row holds its dataset's id
        level: what changing a row needs
        has_globals: whether a row can belong to no dataset
        has_load_mark: whether loading a row marks it, which "Can view" is enough for
        has_results: whether rows name GridFS files
    """

    field: str = "_dataset_id"
    level: Level = Level.EDIT
    has_globals: bool = False
    has_load_mark: bool = False
    has_results: bool = False

    def rows(self, case: Case, level: Level) -> Rows:
        """The rows that the principal has this level on."""
        return Rows.permitted(case.access, level, self.field, has_globals=self.has_globals)


RULES: Final = {
    Kind.VIEWS: RowRules(has_load_mark=True),
    Kind.WORKSPACES: RowRules(has_load_mark=True),
    Kind.RUNS: RowRules(has_results=True),
    Kind.TAGS: RowRules(level=Level.TAG),
    Kind.DELEGATED_OPERATIONS: RowRules(field="dataset_id", has_globals=True),
    Kind.EXECUTION_STORES: RowRules(field="dataset_id", has_globals=True),
}


def insert(case: Case) -> Forward:
    """Every row names a dataset that the principal has the level on."""
    rules = RULES[case.target.kind]
    rows = rules.rows(case, rules.level)
    documents = case.statements()
    for document in documents:
        _need_row(case, rules, rows, document.get(rules.field))
        if rules.has_results:
            run_results.check(case, document.get("results"), document[rules.field])
    return case.forward(Account.WRITE, rules.level, statements=documents)


def update(case: Case) -> Forward:
    """Updates by operators, of rows that the principal has the level on."""
    rules = RULES[case.target.kind]
    statements = case.statements()
    for statement in statements:
        only(statement, _UPDATE, "An update")
    if rules.has_load_mark and all(_is_load_mark(statement) for statement in statements):
        return _mark_loaded(case, rules, statements)
    _refuse_visible(case, rules, [as_document(statement.get("q"), "q") for statement in statements])
    return case.forward(
        Account.WRITE,
        rules.level,
        statements=[_checked_update(case, rules, statement) for statement in statements],
    )


def delete(case: Case) -> Forward:
    """Deletes rows that the principal has the level on."""
    rules = RULES[case.target.kind]
    rows = rules.rows(case, rules.level)
    statements = case.statements()
    queries = []
    for statement in statements:
        only(statement, _DELETE, "A delete")
        queries.append(vetted(as_document(statement.get("q"), "q")))
    _refuse_visible(case, rules, queries)
    narrowed = [
        {**statement, "q": rows.narrowed(query)} for statement, query in zip(statements, queries, strict=True)
    ]
    return case.forward(Account.WRITE, rules.level, statements=narrowed)


def find_and_modify(case: Case) -> Forward:
    """As an update or a delete of one row."""
    rules = RULES[case.target.kind]
    query = case.document("query")
    _refuse_visible(case, rules, [query])
    if case.body.get("remove"):
        changes: dict[str, Any] = {"query": rules.rows(case, rules.level).narrowed(vetted(query))}
    else:
        statement = {"q": query, "u": case.body.get("update"), "upsert": case.body.get("upsert", False)}
        checked = _checked_update(case, rules, statement)
        changes = {"query": checked["q"], "update": checked["u"]}
        if "arrayFilters" in case.body:
            changes["arrayFilters"] = vetted(case.body["arrayFilters"])
    return case.forward(Account.WRITE, rules.level, changes=changes)


def _checked_update(case: Case, rules: RowRules, statement: Document) -> Document:
    rows = rules.rows(case, rules.level)
    query = vetted(as_document(statement.get("q"), "q"))
    changes = _operators(statement.get("u"))
    stays = _dataset_ids(rules.field, changes)
    if len(stays) > 1:
        raise malformed("an update that gives a row two dataset ids")
    for dataset_id in stays:
        _need_row(case, rules, rows, dataset_id)
        if rules.field in query and query[rules.field] != dataset_id:
            raise DeniedError("move", "A row cannot be moved to another dataset.")
        # The row has to have this id already: setting it is then no change.
        query = {rules.field: dataset_id, **query}
    if statement.get("upsert") and not case.access.unlimited:
        # Under a filter an upsert would insert what the filter hides: it has to name one permitted dataset.
        if rules.field not in query:
            raise DeniedError("upsert", "An upsert must name the dataset of its row.")
        _need_row(case, rules, rows, query[rules.field])
    if rules.has_results:
        query = _with_results(case, query, changes)
    rest = {name: vetted(statement[name]) for name in ("arrayFilters",) if name in statement}
    return {**statement, "q": rows.narrowed(query), "u": changes, **rest}


def _operators(changes: object) -> Document:
    if not isinstance(changes, dict) or not changes or not OPERATORS.issuperset(changes):
        raise DeniedError("update", "Rows can only be changed by the common update operators.")
    for paths in changes.values():
        as_document(paths, "u")
    if "$pull" in changes:
        return {**changes, "$pull": vetted(changes["$pull"])}
    return changes


def _dataset_ids(field: str, changes: Document) -> set[ObjectId | None]:
    """Every dataset id that an update would write."""
    ids: set[ObjectId | None] = set()
    for operator, paths in changes.items():
        for path, value in paths.items():
            if path != field and not path.startswith(f"{field}."):
                continue
            if path != field or operator not in {"$set", "$setOnInsert"}:
                raise DeniedError("move", "A row cannot be moved to another dataset.")
            if value is not None and not isinstance(value, ObjectId):
                raise malformed("a dataset id that is none")
            ids.add(value)
    return ids


def _need_row(case: Case, rules: RowRules, rows: Rows, dataset_id: object) -> None:
    if rows.permits(dataset_id) and (dataset_id is None or isinstance(dataset_id, ObjectId)):
        if dataset_id is None and not rules.has_globals:
            raise malformed("a row without a dataset id")
        return
    if isinstance(dataset_id, ObjectId):
        case.need(dataset_id, rules.level)
    raise DeniedError("row", "A row must name a dataset that you may change.")


def _refuse_visible(case: Case, rules: RowRules, queries: list[Document]) -> None:
    """A narrowed query would quietly match nothing where the principal sees the row and may not change it."""
    visible = rules.rows(case, Level.VIEW)
    if visible.ids is None or visible.ids == rules.rows(case, rules.level).ids:
        return
    unknown = []
    for query in queries:
        dataset_id = query.get(rules.field)
        if isinstance(dataset_id, ObjectId):
            case.need(dataset_id, rules.level)
        else:
            unknown.append(visible.narrowed(vetted(query)))
    if not unknown:
        return
    asked = unknown[0] if len(unknown) == 1 else {"$or": unknown}
    for dataset_id in case.fact(AskRows(case.target.collection, rules.field, bson.encode(asked))):
        if isinstance(dataset_id, ObjectId):
            case.need(dataset_id, rules.level)


def _is_load_mark(statement: Document) -> bool:
    query, changes = statement.get("q"), statement.get("u")
    return (
        isinstance(query, dict)
        and isinstance(query.get("_id"), ObjectId)
        and not statement.get("upsert")
        and isinstance(changes, dict)
        and list(changes) == ["$set"]
        and isinstance(changes["$set"], dict)
        and "last_loaded_at" in changes["$set"]
        and _LOAD_MARK.issuperset(changes["$set"])
    )


def _mark_loaded(case: Case, rules: RowRules, statements: list[Document]) -> Forward:
    rows = rules.rows(case, Level.VIEW)
    marks = [
        {
            "q": rows.narrowed({"_id": statement["q"]["_id"]}),
            "u": {"$set": {"last_loaded_at": statement["u"]["$set"]["last_loaded_at"]}},
        }
        for statement in statements
    ]
    return case.forward(Account.WRITE, Level.VIEW, statements=marks)


def _with_results(case: Case, query: Document, changes: Document) -> Document:
    """The query over the runs that may hold the file which the update names."""
    for operator, paths in changes.items():
        for path, value in paths.items():
            if path.startswith("results.") or (path == "results" and operator not in {"$set", "$unset"}):
                raise malformed("a change inside of a run's results")
            if path == "results" and operator == "$set":
                query = run_results.narrowed(case, query, value)
    return query
