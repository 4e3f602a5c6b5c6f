"""Recorded actions of the corpus, played to the policy."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from safelight_server.authz.access import AccessList
from safelight_server.authz.decision import Deny, FileFact
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from support.policy_world import World

NEEDS_ROLE = {"CREATE": Level.NO_ACCESS, "CLONE": Level.VIEW}
LEVELS = {**NEEDS_ROLE, "NOTHING": Level.NO_ACCESS, **Level.__members__}
SHARED = {"views", "workspaces", "runs", "delegated_ops", "execution_store"}


def needs_role(needs: str) -> bool:
    """Whether an action makes datasets, which not every role may."""
    return needs in NEEDS_ROLE


def level_of(needs: str) -> Level:
    """The least level that an action needs."""
    return LEVELS[needs]


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
    """What an action of this principal, with this level, is refused."""
    world = stage(recorded, level)
    decisions = [world.send(principal, command) for command in recorded["commands"]]
    return [decision for decision in decisions if isinstance(decision, Deny)]
