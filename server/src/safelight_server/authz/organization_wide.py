"""What belongs to the whole organization: ontologies, which everybody reads, and the database's settings."""

from __future__ import annotations

from safelight_server.authz import shared_reads
from safelight_server.authz.case import Case, as_document, only
from safelight_server.authz.decision import Account, Answer, Forward
from safelight_server.authz.denials import DeniedError
from safelight_server.authz.levels import Level
from safelight_server.authz.operators import vetted
from safelight_server.authz.row_writes import OPERATORS
from safelight_server.authz.rowfilter import Rows
from safelight_server.authz.words import words

EVERYTHING = Rows("_id", None)


def create_indexes(_case: Case) -> Answer:
    """The server makes the indexes of shared collections; every client asks for them, and they are there."""
    return Answer(
        {
            "numIndexesBefore": 1,
            "numIndexesAfter": 1,
            "createdCollectionAutomatically": False,
            "note": "all indexes already exist",
            "ok": 1.0,
        }
    )


def find(case: Case) -> Forward:
    return shared_reads.find(case, EVERYTHING)


def count(case: Case) -> Forward:
    return shared_reads.count(case, EVERYTHING)


def distinct(case: Case) -> Forward:
    return shared_reads.distinct(case, EVERYTHING)


def aggregate(case: Case) -> Forward:
    return shared_reads.aggregate(case, EVERYTHING)


def insert(case: Case) -> Forward:
    _need_role(case)
    return case.forward(Account.WRITE, Level.NO_ACCESS, statements=case.statements())


def update(case: Case) -> Forward:
    _need_role(case)
    statements = []
    for statement in case.statements():
        only(statement, words("q u multi upsert"), "An update")
        changes = as_document(statement.get("u"), "u")
        if any(key.startswith("$") for key in changes) and not OPERATORS.issuperset(changes):
            raise DeniedError("update", "Ontologies can only be changed by the common update operators.")
        changes = {**changes, "$pull": vetted(changes["$pull"])} if "$pull" in changes else changes
        statements.append({**statement, "q": vetted(as_document(statement.get("q"), "q")), "u": changes})
    return case.forward(Account.WRITE, Level.NO_ACCESS, statements=statements)


def delete(case: Case) -> Forward:
    _need_role(case)
    statements = []
    for statement in case.statements():
        only(statement, words("q limit"), "A delete")
        statements.append({**statement, "q": vetted(as_document(statement.get("q"), "q"))})
    return case.forward(Account.WRITE, Level.NO_ACCESS, statements=statements)


def _need_role(case: Case) -> None:
    role = case.access.principal.role
    if not role.writes_ontologies:
        raise DeniedError("role", f"A {role.title} cannot change ontologies: ask a Member or an Admin.")
