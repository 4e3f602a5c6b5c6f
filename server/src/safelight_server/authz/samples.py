"""Samples and frames: the collection's name says whose they are, so the level on that dataset decides."""

from __future__ import annotations

from typing import Final

from bson import ObjectId

from safelight.wire.documents import Document
from safelight_server.authz import javascript, tag_grammar
from safelight_server.authz.case import Case, as_document, only
from safelight_server.authz.decision import Account, Forward, Reach, RecordSource
from safelight_server.authz.denials import DeniedError, malformed
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Target
from safelight_server.authz.operators import vetted
from safelight_server.authz.stages import IN_UPDATES, read_pipeline
from safelight_server.authz.words import words

_INDEX: Final = words(
    """
    v key name unique sparse background partialFilterExpression collation wildcardProjection prepareUnique
    2dsphereIndexVersion bits min max weights default_language language_override textIndexVersion
    """
)
_INDEX_CHANGE: Final = words("name keyPattern prepareUnique unique")
_UPDATE: Final = words("q u c multi upsert arrayFilters collation hint")
_DELETE: Final = words("q limit collation hint")


def read(case: Case) -> Forward:
    """find, count, distinct, listIndexes, collstats."""
    dataset_id = _owner(case.target)
    case.need(dataset_id, Level.VIEW)
    return case.forward(Account.READ, Level.VIEW, reach=Reach(frozenset({dataset_id})))


def aggregate(case: Case) -> Forward:
    """Reads what its stages name, and may write the result to another collection."""
    dataset_id = _owner(case.target)
    case.need(dataset_id, Level.VIEW)
    reading = read_pipeline(case.body.get("pipeline"), joins=True)
    for target in reading.reads:
        case.need(_owner(target), Level.VIEW)
    reach = Reach(frozenset({dataset_id, *(_owner(target) for target in reading.reads)}))
    changes = {"pipeline": reading.stages}
    if reading.writes is None:
        return case.forward(Account.READ, Level.VIEW, changes=changes, reach=reach)
    before = _filled(case, reading.writes, reach.datasets)
    return case.forward(Account.WRITE, Level.EDIT, changes=changes, before=before, reach=reach)


def _filled(case: Case, into: Target, sources: frozenset[ObjectId]) -> tuple[RecordSource, ...]:
    """A generated dataset keeps one source for ever: others see it because they see that one."""
    dataset_id = _owner(into)
    case.need(dataset_id, Level.EDIT)
    generated = case.access.generated
    if dataset_id not in generated:
        return ()
    roots = {generated.get(source) or source for source in sources - {dataset_id}}
    known = generated[dataset_id]
    if known is not None:
        roots.add(known)
    if len(roots) > 1:
        raise DeniedError("source", "A generated dataset is only filled from the dataset it was made from.")
    return tuple(RecordSource(dataset_id, root) for root in roots if known is None)


def insert(case: Case) -> Forward:
    """Documents are data: they go as the bytes that came."""
    case.need(_owner(case.target), Level.EDIT)
    return case.forward(Account.WRITE, Level.EDIT)


def update(case: Case) -> Forward:
    """Anybody who may edit: anything but JavaScript; who may only tag: what the tag grammar accepts."""
    dataset_id = _owner(case.target)
    case.need(dataset_id, Level.TAG)
    if case.access.level(dataset_id) >= Level.EDIT:
        return _edit(case)
    statements = case.statements()
    if not all(tag_grammar.accepts(statement) for statement in statements):
        case.need(dataset_id, Level.EDIT)
    return case.forward(Account.WRITE, Level.TAG, statements=[_vetted_update(each) for each in statements])


def delete(case: Case) -> Forward:
    """Needs to see the statements only where they could hold JavaScript."""
    case.need(_owner(case.target), Level.EDIT)
    return _edit(case)


def _edit(case: Case) -> Forward:
    raw = case.raw_statements()
    if raw is not None and not javascript.may_be_in(raw):
        return case.forward(Account.WRITE, Level.EDIT)
    vetted_statement = _vetted_update if case.request.name == "update" else _vetted_delete
    statements = [vetted_statement(each) for each in case.statements()]
    return case.forward(Account.WRITE, Level.EDIT, statements=statements)


def find_and_modify(case: Case) -> Forward:
    """As an update or a delete of one document."""
    case.need(_owner(case.target), Level.EDIT)
    changes = {}
    if "update" in case.body:
        changes["update"] = _vetted_changes(case.body["update"])
    if "arrayFilters" in case.body:
        changes["arrayFilters"] = vetted(case.body["arrayFilters"])
    return case.forward(Account.WRITE, Level.EDIT, changes=changes)


def create_indexes(case: Case) -> Forward:
    """Any index but those that delete (`expireAfterSeconds`) or that nobody has read about yet."""
    case.need(_owner(case.target), Level.EDIT)
    indexes = case.body.get("indexes")
    if not isinstance(indexes, list):
        raise malformed("'createIndexes' without indexes")
    for index in indexes:
        only(as_document(index, "indexes"), _INDEX, "An index")
    return case.forward(Account.WRITE, Level.EDIT, changes={"indexes": vetted(indexes)})


def change_index(case: Case) -> Forward:
    """`collMod` makes an index unique, and nothing else."""
    case.need(_owner(case.target), Level.EDIT)
    only(case.document("index"), _INDEX_CHANGE, "'collMod' of an index")
    if "index" not in case.body:
        raise malformed("'collMod' of anything but an index")
    return case.forward(Account.WRITE, Level.EDIT)


def drop_indexes(case: Case) -> Forward:
    case.need(_owner(case.target), Level.EDIT)
    return case.forward(Account.WRITE, Level.EDIT)


def drop(case: Case) -> Forward:
    """Dropping samples deletes a dataset; those of a generated one can be computed again."""
    dataset_id = _owner(case.target)
    level = Level.EDIT if dataset_id in case.access.generated else Level.MANAGE
    case.need(dataset_id, level)
    return case.forward(Account.WRITE, level)


def _owner(target: Target) -> ObjectId:
    if target.dataset_id is None:
        raise malformed(f"{target.collection!r} where samples are meant")
    return target.dataset_id


def _vetted_update(statement: Document) -> Document:
    only(statement, _UPDATE, "An update")
    changes = {"q": vetted(as_document(statement.get("q"), "q")), "u": _vetted_changes(statement.get("u"))}
    return {**statement, **changes, **_vetted_rest(statement)}


def _vetted_delete(statement: Document) -> Document:
    only(statement, _DELETE, "A delete")
    return {**statement, "q": vetted(as_document(statement.get("q"), "q"))}


def _vetted_rest(statement: Document) -> Document:
    return {name: vetted(statement[name]) for name in ("c", "arrayFilters") if name in statement}


def _vetted_changes(changes: object) -> object:
    """Operators of an update hold data, except for the queries of `$pull`; pipelines hold expressions."""
    if isinstance(changes, list):
        stages = read_pipeline(changes, joins=False).stages
        if any(not IN_UPDATES.issuperset(stage) for stage in stages):
            raise DeniedError("stage", "An update has a stage that is not allowed there.")
        return stages
    changes = as_document(changes, "u")
    if "$pull" in changes:
        return {**changes, "$pull": vetted(changes["$pull"])}
    return changes
