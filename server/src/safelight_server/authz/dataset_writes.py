"""Writing the documents of datasets: they say which collections are a dataset's, so that is what is guarded.

The id in the names of the collections is the document's own `_id` (a clips dataset shares its source's
frames), it never changes, and a new document's id is one that nothing belongs to yet.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from bson import ObjectId
from bson.datetime_ms import DatetimeMS

from safelight.wire.documents import Document
from safelight_server.authz.case import Case, as_document, only
from safelight_server.authz.decision import (
    Account,
    AskDataset,
    Code,
    ForgetDataset,
    Forward,
    ReserveDataset,
)
from safelight_server.authz.denials import DeniedError, malformed
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Kind, Target, parse_collection
from safelight_server.authz.operators import vetted
from safelight_server.authz.row_writes import OPERATORS
from safelight_server.authz.rowfilter import Rows
from safelight_server.authz.words import words

_UPDATE: Final = words("q u multi upsert arrayFilters collation hint")
_DELETE: Final = words("q limit")
_COLLECTIONS: Final = words("sample_collection_name frame_collection_name")
_IDENTITY: Final = _COLLECTIONS | {"_id"}

_REFRESHED_FIELD: Final = re.compile(r"(?:sample|frame)_fields\.\d+")
"""What upstream sets again when it saves a document that it has loaded: a field's type, as it is already."""

_TIMESTAMP_NAME: Final = re.compile(r"\d{4}(?:\.\d{2}){5}(?:\.\d{6})?")
"""How FiftyOne names a dataset that nobody named."""


def insert(case: Case) -> Forward:
    """A new dataset; its access list is reserved before, and taken back if the document is not written."""
    documents = case.statements()
    if len(documents) != 1:
        raise malformed("several datasets in one insert")
    document = documents[0]
    target, dataset_id = _own_samples(document), document["_id"]
    source = _shared_frames(case, target, document.get("frame_collection_name"))
    generated = _may_create(case, target, document)
    known = case.fact(AskDataset(dataset_id))
    # What the principal itself reserved is for a command that the driver sends again.
    if known.exists and known.creator != case.access.principal.id:
        raise DeniedError("id", f"There is something with the dataset id {dataset_id} already.")
    return case.forward(
        Account.WRITE,
        Level.NO_ACCESS,
        statements=documents,
        reply=_NameTaken(document.get("name")),
        before=(ReserveDataset(dataset_id, generated, source),),
    )


def update(case: Case) -> Forward:
    """By operators, each field with the level that it needs; or a whole document, as an import does."""
    statements: list[Document] = []
    names: list[Any] = []
    for statement in case.statements():
        only(statement, _UPDATE, "An update")
        if statement.get("upsert"):
            raise DeniedError("upsert", "Datasets are not made by updates.")
        changes = as_document(statement.get("u"), "u")
        if any(key.startswith("$") for key in changes):
            statements.append(_by_operators(case, statement, changes))
        else:
            statements.append(_by_replacement(case, statement, changes))
        names += _names(changes)
    reply = _NameTaken(names[0]) if names else None
    return case.forward(Account.WRITE, Level.VIEW, statements=statements, reply=reply)


def delete(case: Case) -> Forward:
    """One dataset by its id, whose access list is then forgotten; admins may say which in any way."""
    forgotten = []
    statements = []
    for statement in case.statements():
        only(statement, _DELETE, "A delete")
        query = as_document(statement.get("q"), "q")
        dataset_id = query.get("_id")
        if isinstance(dataset_id, ObjectId) and len(query) == 1:
            case.need(dataset_id, Level.MANAGE)
            forgotten.append(ForgetDataset(dataset_id))
        elif not case.access.unlimited:
            raise DeniedError("delete", "Datasets can only be deleted by their id.")
        statements.append({**statement, "q": vetted(query)})
    return case.forward(Account.WRITE, Level.MANAGE, statements=statements, after=tuple(forgotten))


def _own_samples(document: Document) -> Target:
    """The collection of a dataset's samples, which has the dataset's own id."""
    dataset_id = document.get("_id")
    target = parse_collection(document.get("sample_collection_name"))
    if (
        target is None
        or not isinstance(dataset_id, ObjectId)
        or target.kind is not Kind.SAMPLES
        or target.frames
        or target.dataset_id != dataset_id
    ):
        raise malformed("a dataset whose samples are not its own")
    return target


def _shared_frames(case: Case, samples: Target, frames: object) -> ObjectId | None:
    """The source of a clips dataset, which shares that dataset's frames; None for all others."""
    if frames is None or frames == f"frames.{samples.collection}":
        return None
    target = parse_collection(frames)
    if target is None or not target.frames or target.dataset_id is None or samples.prefix != "clips":
        raise malformed("a dataset whose frames are not its own")
    case.need(target.dataset_id, Level.VIEW)
    return target.dataset_id


def _may_create(case: Case, target: Target, document: Document) -> bool:
    """Whether the new dataset is a generated one; refuses where the role creates none."""
    if target.generated:
        if document.get("persistent"):
            raise DeniedError("persistent", "A generated dataset is not persistent when it is made.")
        return True
    role = case.access.principal.role
    if role.creates_datasets:
        return False
    # Merging samples into a dataset that one may edit goes through a scratch dataset, which nobody else sees.
    unnamed = _TIMESTAMP_NAME.fullmatch(str(document.get("name"))) and not document.get("persistent")
    if unnamed and case.access.permitted(Level.EDIT) - case.access.generated.keys():
        return True
    raise DeniedError(
        "role", f"A {role.title} cannot create, clone or import datasets: ask a Member or an Admin."
    )


def _by_operators(case: Case, statement: Document, changes: Document) -> Document:
    if not OPERATORS.issuperset(changes):
        raise DeniedError("update", "Datasets can only be changed by the common update operators.")
    query = vetted(as_document(statement.get("q"), "q"))
    dataset_id = query.get("_id") if isinstance(query.get("_id"), ObjectId) else None
    paths = [path for fields in changes.values() for path in as_document(fields, "u")]
    for path in paths:
        if path.partition(".")[0] in _IDENTITY:
            _stays_itself(dataset_id, path, changes)
    if _is_mark(changes, "last_loaded_at"):
        return _narrowed(case, statement, query, Level.VIEW, _mark_only(changes, "last_loaded_at"))
    if _is_mark(changes, "last_modified_at") and not _edits(case, dataset_id):
        return _narrowed(case, statement, query, Level.TAG, _mark_only(changes, "last_modified_at"))
    if any(path.partition(".")[0] == "persistent" for path in paths):
        return _persistence(case, statement, query, dataset_id, changes)
    return _narrowed(case, statement, query, Level.EDIT, changes)


def _persistence(
    case: Case, statement: Document, query: Document, dataset_id: ObjectId | None, changes: Document
) -> Document:
    """Whether a dataset stays is for who manages it; for generated ones, for who may edit the source."""
    if dataset_id is None or dataset_id not in case.access.generated:
        return _narrowed(case, statement, query, Level.MANAGE, changes)
    source = case.access.generated[dataset_id]
    case.need(dataset_id, Level.EDIT)
    if source is None:
        raise DeniedError("persistent", "A dataset that was made for a moment cannot be kept.")
    case.need(source, Level.EDIT)
    return {**statement, "q": query, "u": changes}


def _by_replacement(case: Case, statement: Document, document: Document) -> Document:
    """An import replaces the document that it made a moment before."""
    target, dataset_id = _own_samples(document), document["_id"]
    case.need(dataset_id, Level.MANAGE)
    _shared_frames(case, target, document.get("frame_collection_name"))
    if dataset_id in case.access.generated and document.get("persistent"):
        raise DeniedError("persistent", "A dataset that was made for a moment cannot be kept.")
    query = vetted(as_document(statement.get("q"), "q"))
    return {**statement, "q": {"$and": [{"_id": dataset_id}, query]}}


def _stays_itself(dataset_id: ObjectId | None, path: str, changes: Document) -> None:
    """A document's id and the names of its collections can be set to what they are, and frames from none."""
    values = [fields[path] for fields in changes.values() if path in fields]
    for value in values:
        if dataset_id is None or path not in changes.get("$set", {}) or len(values) != 1:
            break
        target = parse_collection(value)
        own = target is not None and target.dataset_id == dataset_id and target.kind is Kind.SAMPLES
        if path == "_id" and value == dataset_id:
            return
        if own and target is not None and target.frames is (path == "frame_collection_name"):
            return
    raise DeniedError("identity", f"{path!r} of a dataset cannot be changed.")


def _names(changes: Document) -> list[Any]:
    """What an update makes of a dataset's name, if it does."""
    fields = (fields for operator, fields in changes.items() if operator.startswith("$"))
    every = [(path, value) for each in fields for path, value in each.items()] or list(changes.items())
    return [value for path, value in every if path.partition(".")[0] == "name"]


def _is_mark(changes: Document, mark: str) -> bool:
    """Whether an update only says when; upstream may set the type of a field again beside it."""
    fields = changes.get("$set", {})
    return (
        list(changes) == ["$set"]
        and isinstance(fields.get(mark), (datetime, DatetimeMS))
        and all(path == mark or _REFRESHED_FIELD.fullmatch(path) for path in fields)
    )


def _mark_only(changes: Document, mark: str) -> Document:
    return {"$set": {mark: changes["$set"][mark]}}


def _edits(case: Case, dataset_id: ObjectId | None) -> bool:
    return dataset_id is not None and case.access.level(dataset_id) >= Level.EDIT


def _narrowed(case: Case, statement: Document, query: Document, level: Level, changes: Document) -> Document:
    rows = Rows.permitted(case.access, level, "_id")
    dataset_id = query.get("_id")
    if isinstance(dataset_id, ObjectId):
        case.need(dataset_id, level)
    if "$pull" in changes:
        changes = {**changes, "$pull": vetted(changes["$pull"])}
    return {**statement, "q": rows.narrowed(query), "u": changes}


class _NameTaken:
    """Says that a name is not available as plainly when the dataset of that name must not be seen.

    Args:
        name: the name that the client wanted
    """

    def __init__(self, name: Any) -> None:
        self._name = name

    def __call__(self, reply: Document) -> Document:
        for error in (reply, *reply.get("writeErrors", ())):
            if error.get("code") == Code.DUPLICATE_KEY and "name" in error.get("keyPattern", {}):
                error["errmsg"] = f"Dataset name {self._name!r} is not available"
        return reply
