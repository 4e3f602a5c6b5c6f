"""Everything that FiftyOne sends is allowed to whoever has the permission that it needs, and not below it."""

from __future__ import annotations

from typing import Any

import pytest

from safelight_server.authz.decision import Deny, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role
from support.corpus import read_corpus
from support.policy_world import somebody
from support.recorded import denials, level_of, needs_role, stage

CORPUS = read_corpus()


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_allowed_with_what_it_needs(recorded: dict[str, Any]) -> None:
    role = (
        Role.MEMBER if needs_role(recorded["needs"]) or recorded["needs"] == "MANAGE" else Role.COLLABORATOR
    )
    assert denials(recorded, somebody(role), level_of(recorded["needs"])) == []


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_allowed_to_admins(recorded: dict[str, Any]) -> None:
    assert denials(recorded, somebody(Role.ADMIN), Level.NO_ACCESS) == []


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_refused_below_what_it_needs(recorded: dict[str, Any]) -> None:
    needs = recorded["needs"]
    if needs_role(needs):
        assert denials(recorded, somebody(Role.COLLABORATOR), Level.EDIT)
    elif level_of(needs) > Level.VIEW:
        assert denials(recorded, somebody(Role.MEMBER), Level(Level[needs] - 1))


LOOKING = [recorded for recorded in CORPUS if recorded["needs"] == "VIEW"]


@pytest.mark.parametrize("recorded", LOOKING, ids=[each["action"] for each in LOOKING])
def test_without_access_samples_are_refused_and_rows_are_filtered(recorded: dict[str, Any]) -> None:
    world = stage(recorded, Level.NO_ACCESS)
    for command in recorded["commands"]:
        decision = world.judge(somebody(Role.MEMBER), command)
        if str(recorded["dataset"]) in str(next(iter(command.values()))):
            assert isinstance(decision, Deny), command
        elif isinstance(decision, Forward) and "$and" in decision.body.get("filter", {}):
            (permitted,) = decision.body["filter"]["$and"][0].values()
            assert recorded["dataset"] not in permitted["$in"], command
