"""Everything that FiftyOne sends is allowed to whoever has the permission that it needs, and not below it."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from safelight_server.authz.access import AccessList
from safelight_server.authz.decision import Deny, FileFact, Forward
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role
from support.corpus import read_corpus
from support.policy_world import World, somebody

CORPUS = read_corpus()
NEEDS_ROLE = {"CREATE": Level.NO_ACCESS, "CLONE": Level.VIEW}
SHARED = {"views", "workspaces", "runs", "delegated_ops", "execution_store"}


def level_of(needs: str) -> Level:
    return NEEDS_ROLE[needs] if needs in NEEDS_ROLE else Level[needs]


def stage(recorded: dict[str, Any], level: Level) -> World:
    """What was there before the action: its dataset, that dataset's rows and the files of its runs."""
    dataset_id = recorded["dataset"]
    world = World({dataset_id: AccessList(dataset_id, users={"ada": level})})
    made: set[ObjectId] = set()
    for command in recorded["commands"]:
        collection = next(iter(command.values()))
        for document in command.get("documents", ()):
            made |= {document.get("_id"), document.get("files_id")}
        queries = [command.get("filter"), command.get("query")]
        queries += [each["q"] for key in ("updates", "deletes") for each in command.get(key, ())]
        for query in (each for each in queries if each):
            named = query.get("_id") or query.get("files_id")
            for each in named.get("$in", ()) if isinstance(named, dict) else [named]:
                if not isinstance(each, ObjectId) or each in made:
                    continue
                if collection in SHARED:
                    world.rows[each] = dataset_id
                if collection in {"fs.files", "fs.chunks"}:
                    world.files[each] = FileFact(frozenset({dataset_id}), exists=True)
    return world


def denials(recorded: dict[str, Any], principal: Principal, level: Level) -> list[Deny]:
    world = stage(recorded, level)
    decisions = [world.send(principal, command) for command in recorded["commands"]]
    return [decision for decision in decisions if isinstance(decision, Deny)]


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_allowed_with_what_it_needs(recorded: dict[str, Any]) -> None:
    role = Role.MEMBER if recorded["needs"] in {*NEEDS_ROLE, "MANAGE"} else Role.COLLABORATOR
    assert denials(recorded, somebody(role), level_of(recorded["needs"])) == []


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_allowed_to_admins(recorded: dict[str, Any]) -> None:
    assert denials(recorded, somebody(Role.ADMIN), Level.NO_ACCESS) == []


@pytest.mark.parametrize("recorded", CORPUS, ids=[each["action"] for each in CORPUS])
def test_an_action_is_refused_below_what_it_needs(recorded: dict[str, Any]) -> None:
    needs = recorded["needs"]
    if needs in NEEDS_ROLE:
        assert denials(recorded, somebody(Role.COLLABORATOR), Level.EDIT)
    elif needs != "VIEW":
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
