"""GridFS: files have no dataset of their own, they belong to the runs that hold them.

A run's results are written first (chunks, then the head) and named by the run afterwards. So a file is
visible to who may see a run that holds it, or, while no run does, to who wrote it; and the only queries
are by its id.
"""

from __future__ import annotations

from typing import Any, Final

from bson import Int64, ObjectId

from safelight.wire.documents import Document
from safelight_server.authz.case import Case, as_document, only
from safelight_server.authz.decision import Account, Answer, AskFile, FileFact, Forward, RecordFileCreator
from safelight_server.authz.denials import DeniedError, malformed, too_low
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Kind
from safelight_server.authz.operators import vetted
from safelight_server.authz.words import words

_PROBE: Final = words("find filter projection limit singleBatch comment")
_ID: Final = {Kind.FILES: "_id", Kind.CHUNKS: "files_id"}


def find(case: Case) -> Forward | Answer:
    """By the file's id, or whether there are files at all, which drivers ask before they write one."""
    query = case.document("filter")
    if not query and case.body.get("projection") == {"_id": 1} and _PROBE.issuperset(case.body):
        return _cursor(case, [{"_id": ObjectId(b"\0" * 12)}])
    if case.access.unlimited:
        return case.forward(Account.READ, Level.VIEW)
    file_id = _file_id(case, query)
    if file_id is None or not _is_visible(case, case.fact(AskFile(file_id))):
        return _cursor(case, [])
    return case.forward(Account.READ, Level.VIEW, changes={"filter": vetted(query)})


def insert(case: Case) -> Forward:
    """A file that is new, or that the principal is still writing."""
    documents = case.statements()
    file_ids = dict.fromkeys(_new_file_id(case, document) for document in documents)
    if not (case.access.unlimited or case.access.permitted(Level.EDIT)):
        raise DeniedError("level", f'Writing files needs the permission "{Level.EDIT.title}" on a dataset.')
    facts: dict[ObjectId, FileFact] = {file_id: case.fact(AskFile(file_id)) for file_id in file_ids}
    for fact in facts.values():
        if fact.exists and not (case.access.unlimited or _is_own(case, fact)):
            raise DeniedError("file", "There is such a file already.")
    before = tuple(RecordFileCreator(file_id) for file_id, fact in facts.items() if fact.creator is None)
    return case.forward(Account.WRITE, Level.EDIT, statements=documents, before=before)


def delete(case: Case) -> Forward | Answer:
    """By the file's id; a file that is not there, or not to be seen, is nothing to delete."""
    permitted = []
    for statement in case.statements():
        only(statement, words("q limit"), "A delete")
        query = as_document(statement.get("q"), "q")
        if case.access.unlimited:
            permitted.append({**statement, "q": vetted(query)})
            continue
        file_id = _file_id(case, query)
        if file_id is not None and _may_delete(case, case.fact(AskFile(file_id))):
            permitted.append(statement)
    if not permitted:
        return Answer({"n": 0, "ok": 1.0})
    return case.forward(Account.WRITE, Level.EDIT, statements=permitted)


def _file_id(case: Case, query: Document) -> ObjectId | None:
    """The one file that a query is about; None when it is about no file at all."""
    field = _ID[case.target.kind]
    allowed = {field, "n"} if case.target.kind is Kind.CHUNKS else {field}
    if field not in query or query.keys() - allowed:
        raise DeniedError("file", "Files can only be asked for by their id.")
    file_id = query[field]
    if file_id is not None and not isinstance(file_id, ObjectId):
        raise DeniedError("file", "Files can only be asked for by their id.")
    return file_id


def _new_file_id(case: Case, document: Document) -> ObjectId:
    file_id = document.get(_ID[case.target.kind])
    if not isinstance(file_id, ObjectId):
        raise malformed("a file whose id is none")
    return file_id


def _is_own(case: Case, fact: FileFact) -> bool:
    return not fact.datasets and fact.creator == case.access.principal.id


def _is_visible(case: Case, fact: FileFact) -> bool:
    return _is_own(case, fact) or any(case.access.level(each) for each in fact.datasets)


def _may_delete(case: Case, fact: FileFact) -> bool:
    if not _is_visible(case, fact):
        return False
    for dataset_id in fact.datasets:
        level = case.access.level(dataset_id)
        if level < Level.EDIT:
            raise too_low(dataset_id, level, Level.EDIT) if level else _shared_file()
    return True


def _shared_file() -> DeniedError:
    return DeniedError("file", "Another dataset's run holds this file, too.")


def _cursor(case: Case, batch: list[dict[str, Any]]) -> Answer:
    namespace = f"{case.database}.{case.target.collection}"
    return Answer({"cursor": {"id": Int64(0), "ns": namespace, "firstBatch": batch}, "ok": 1.0})
