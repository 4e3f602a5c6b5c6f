"""The policy table: every command that is allowed, on what, for whom.

What has no row here is refused. `docs/design/policy.md` shows this table; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from safelight_server.authz import (
    catalogue,
    cursors,
    dataset_reads,
    dataset_writes,
    files,
    organization_wide,
    row_writes,
    samples,
    server,
    shared_reads,
)
from safelight_server.authz.case import Case
from safelight_server.authz.decision import Answer, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.names import Kind
from safelight_server.authz.rowfilter import Rows

Judge = Callable[[Case], Forward | Answer]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Attributes:
        judge: checks what the command says, and makes the decision
        needs: the least permission (on the dataset of the collection or of each row), in words
        checks: what else has to be true
    """

    judge: Judge
    needs: str
    checks: str = ""


_ROWS: Final = tuple(row_writes.RULES)


def _filtered(read: Callable[[Case, Rows], Forward]) -> Judge:
    def judge(case: Case) -> Forward:
        rules = row_writes.RULES[case.target.kind]
        return read(case, rules.rows(case, Level.VIEW))

    return judge


def _documents(read: Callable[[Case, Rows], Forward]) -> Judge:
    return lambda case: read(case, dataset_reads.visible(case.access))


_VIEW, _TAG, _EDIT, _MANAGE = (level.title for level in list(Level)[1:])
_ANYBODY: Final = "anybody"
_CREATE: Final = "Member or Admin"

TABLE: Final[dict[tuple[str, Kind], Row]] = {
    # Samples and frames
    ("find", Kind.SAMPLES): Row(samples.read, _VIEW),
    ("count", Kind.SAMPLES): Row(samples.read, _VIEW),
    ("distinct", Kind.SAMPLES): Row(samples.read, _VIEW),
    ("listIndexes", Kind.SAMPLES): Row(samples.read, _VIEW),
    ("collstats", Kind.SAMPLES): Row(samples.read, _VIEW),
    ("aggregate", Kind.SAMPLES): Row(
        samples.aggregate,
        _VIEW,
        f"{_VIEW} on whatever a stage reads; $out and $merge: {_EDIT} on the target, last stage",
    ),
    ("insert", Kind.SAMPLES): Row(samples.insert, _EDIT),
    ("update", Kind.SAMPLES): Row(samples.update, _TAG, f"anything but tags: {_EDIT}"),
    ("delete", Kind.SAMPLES): Row(samples.delete, _EDIT),
    ("findAndModify", Kind.SAMPLES): Row(samples.find_and_modify, _EDIT),
    ("createIndexes", Kind.SAMPLES): Row(samples.create_indexes, _EDIT, "no index that deletes documents"),
    ("dropIndexes", Kind.SAMPLES): Row(samples.drop_indexes, _EDIT),
    ("collMod", Kind.SAMPLES): Row(samples.change_index, _EDIT, "only to make an index unique"),
    ("drop", Kind.SAMPLES): Row(samples.drop, _MANAGE, f"generated datasets: {_EDIT}"),
    # Documents of datasets
    ("find", Kind.DATASETS): Row(dataset_reads.find, _VIEW, "filtered; whether a name is free: anybody"),
    ("count", Kind.DATASETS): Row(_documents(shared_reads.count), _VIEW, "filtered"),
    ("distinct", Kind.DATASETS): Row(_documents(shared_reads.distinct), _VIEW, "filtered"),
    ("aggregate", Kind.DATASETS): Row(_documents(shared_reads.aggregate), _VIEW, "filtered; no joins"),
    ("listIndexes", Kind.DATASETS): Row(_documents(shared_reads.list_indexes), _ANYBODY),
    ("createIndexes", Kind.DATASETS): Row(organization_wide.create_indexes, _ANYBODY, "answered, not done"),
    ("insert", Kind.DATASETS): Row(
        dataset_writes.insert, _CREATE, "a new id, samples of its own; generated datasets: anybody"
    ),
    ("update", Kind.DATASETS): Row(
        dataset_writes.update,
        _EDIT,
        f"last_loaded_at: {_VIEW}; last_modified_at: {_TAG}; persistent, whole documents: {_MANAGE}; "
        "never the id or the collections",
    ),
    ("delete", Kind.DATASETS): Row(dataset_writes.delete, _MANAGE, "by id"),
    # Rows of datasets
    **{
        (name, kind): Row(_filtered(read), _VIEW, "filtered" + more)
        for kind in _ROWS
        for name, read, more in (
            ("find", shared_reads.find, ""),
            ("count", shared_reads.count, ""),
            ("distinct", shared_reads.distinct, ""),
            ("aggregate", shared_reads.aggregate, "; no joins"),
        )
    },
    **{(("listIndexes"), kind): Row(_filtered(shared_reads.list_indexes), _ANYBODY) for kind in _ROWS},
    **{
        ("createIndexes", kind): Row(organization_wide.create_indexes, _ANYBODY, "answered, not done")
        for kind in (*_ROWS, Kind.FILES, Kind.CHUNKS, Kind.ONTOLOGIES)
    },
    **{
        (name, kind): Row(judge, rules.level.title, checks)
        for kind, rules in row_writes.RULES.items()
        for name, judge, checks in (
            ("insert", row_writes.insert, "each row names its dataset"),
            (
                "update",
                row_writes.update,
                f"last_loaded_at: {_VIEW}" if rules.has_load_mark else "never moves to another dataset",
            ),
            ("delete", row_writes.delete, ""),
            ("findAndModify", row_writes.find_and_modify, "as update and delete"),
        )
    },
    # Files: results of runs
    ("find", Kind.FILES): Row(files.find, _VIEW, "by id; of a run that one may see, or one's own"),
    ("find", Kind.CHUNKS): Row(files.find, _VIEW, "by id of the file; as fs.files"),
    ("insert", Kind.FILES): Row(files.insert, _EDIT, "on any dataset; a new file, or one's own"),
    ("insert", Kind.CHUNKS): Row(files.insert, _EDIT, "as fs.files"),
    ("delete", Kind.FILES): Row(files.delete, _EDIT, "by id; on every dataset whose run holds it"),
    ("delete", Kind.CHUNKS): Row(files.delete, _EDIT, "as fs.files"),
    # What belongs to the organization
    ("find", Kind.ONTOLOGIES): Row(organization_wide.find, _ANYBODY),
    ("count", Kind.ONTOLOGIES): Row(organization_wide.count, _ANYBODY),
    ("distinct", Kind.ONTOLOGIES): Row(organization_wide.distinct, _ANYBODY),
    ("aggregate", Kind.ONTOLOGIES): Row(organization_wide.aggregate, _ANYBODY, "no joins"),
    ("insert", Kind.ONTOLOGIES): Row(organization_wide.insert, _CREATE),
    ("update", Kind.ONTOLOGIES): Row(organization_wide.update, _CREATE),
    ("delete", Kind.ONTOLOGIES): Row(organization_wide.delete, _CREATE),
    ("find", Kind.CONFIG): Row(organization_wide.find, _ANYBODY),
    # The database and the server
    ("listCollections", Kind.DATABASE): Row(catalogue.list_collections, _ANYBODY, "names only; filtered"),
    ("getMore", Kind.SERVER): Row(cursors.get_more, _ANYBODY, "one's own, over what one may still see"),
    ("killCursors", Kind.SERVER): Row(cursors.kill_cursors, _ANYBODY, "one's own cursors"),
    ("ping", Kind.SERVER): Row(server.answer, _ANYBODY, "answered, not sent on"),
    ("endSessions", Kind.SERVER): Row(server.answer, _ANYBODY, "answered, not sent on"),
    ("buildInfo", Kind.SERVER): Row(server.build_info, _ANYBODY),
    ("buildinfo", Kind.SERVER): Row(server.build_info, _ANYBODY),
    ("commitTransaction", Kind.SERVER): Row(server.end_transaction, _ANYBODY, "one's own session"),
    ("abortTransaction", Kind.SERVER): Row(server.end_transaction, _ANYBODY, "one's own session"),
}
