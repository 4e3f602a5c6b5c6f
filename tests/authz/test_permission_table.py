"""The permission table through the pure policy: every cell, and everything FiftyOne does."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from safelight_server.authz.access import AccessList, effective_level
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from support.corpus import read_corpus
from support.permission_table import Cell, read_table
from support.policy_world import somebody
from support.recorded import denials, level_of, needs_role

TABLE = read_table()
CORPUS = read_corpus()
REACHABLE = sorted({(cell.role, cell.effective) for cell in TABLE})


def test_the_table_is_whole() -> None:
    assert len({str(cell) for cell in TABLE}) == len(TABLE) == 5 * 5 * 3


@pytest.mark.parametrize("cell", TABLE, ids=str)
def test_a_grant_becomes_what_the_table_says(cell: Cell) -> None:
    person, level = somebody(Role[cell.role], "ada", "g"), Level[cell.granted]
    access_list = {
        "default": AccessList(ObjectId(), default=level),
        "user": AccessList(ObjectId(), users={"ada": level}),
        "group": AccessList(ObjectId(), groups={"g": level}),
    }[cell.through]
    assert effective_level(person, access_list) is Level[cell.effective]


@pytest.mark.parametrize(("role", "effective"), REACHABLE)
def test_everything_fiftyone_does_is_allowed_exactly_where_the_table_says(role: str, effective: str) -> None:
    person, level = somebody(Role[role]), Level[effective]
    for recorded in CORPUS:
        if level is Level.NO_ACCESS and level_of(recorded["needs"]) is Level.VIEW:
            continue  # filtered rather than refused: `test_corpus` looks at what is left
        allowed = denials(recorded, person, level) == []
        assert allowed == expected(recorded, person.role, level), recorded["action"]


def expected(recorded: dict[str, Any], role: Role, level: Level) -> bool:
    if needs_role(recorded["needs"]) and not role.creates_datasets:
        return False
    return level >= level_of(recorded["needs"])
