"""The permission table through every door of a real server: the management SDK, REST and commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import fiftyone.management as fom
import pymongo
import pytest
from bson import ObjectId
from pymongo.errors import OperationFailure

from safelight import runtime
from safelight.storage.credentials import Secret
from support.api_server import Person, RunningApi
from support.gateway_rig import open_tunnel
from support.permission_table import Cell, read_table

TABLE = read_table()
ROLES = ["ADMIN", "MEMBER", "COLLABORATOR", "LABELER", "GUEST"]


@dataclass
class Stage:
    """Somebody of each role, and a dataset for each cell, granted while everybody still was a member."""

    api: RunningApi
    people: dict[str, Person] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)


def become(api: RunningApi, person: Person) -> None:
    """Let the management SDK act as somebody."""
    current = runtime.reset()
    current.api_config.api_uri = api.url
    current.api_config.api_key = Secret(person.key)


@pytest.fixture(scope="module")
def stage(api: RunningApi) -> Iterator[Stage]:
    admin = api.admin
    become(api, admin)
    made = Stage(api, {role: api.person("MEMBER", role.lower()) for role in ROLES})
    groups = {}
    for role, person in made.people.items():
        groups[role] = fom.create_user_group(f"the-{role.lower()}", users=[person.id])
    for cell in TABLE:
        name = made.datasets[str(cell)] = api.dataset()
        level = fom.DatasetPermission[cell.granted]
        if cell.through == "default":
            fom.set_dataset_default_permission(name, level)
        elif cell.through == "user":
            fom.set_dataset_user_permission(name, made.people[cell.role].email, level)
        else:
            fom.set_dataset_user_group_permission(name, groups[cell.role].name, level)
    for role, person in made.people.items():
        fom.set_user_role(person.email, fom.UserRole[role])
    with ExitStack() as stack:
        for role in ROLES[:-1]:
            tunnel = stack.enter_context(open_tunnel(api.url, made.people[role].key))
            client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(tunnel.uri)
            made.clients[role] = stack.enter_context(client)[api.settings.database_name]
        yield made
    runtime.reset()


def through_commands(database: Any, name: str, dataset_id: ObjectId) -> str:
    """The level that somebody's commands show."""
    samples, now = database[f"samples.{dataset_id}"], datetime.now(timezone.utc)
    document = database["datasets"].find_one({"name": name})
    assert (name in database["datasets"].distinct("name")) == (document is not None)
    found = "NO_ACCESS" if document is None else "VIEW"
    one = {"_id": ObjectId()}
    probes: dict[str, Any] = {
        "VIEW": lambda: samples.find_one(one),
        "TAG": lambda: samples.update_one(one, {"$addToSet": {"tags": "x"}}),
        "EDIT": lambda: samples.insert_one({"filepath": str(now)}),
        "MANAGE": lambda: database["datasets"].update_one(
            {"_id": dataset_id}, {"$set": {"persistent": True}}
        ),
    }
    allowed = []
    for level, probe in probes.items():
        with suppress(OperationFailure):
            probe()
            allowed.append(level)
    assert allowed == list(probes)[: len(allowed)], "a higher level allows less"
    assert bool(allowed) == (found != "NO_ACCESS")
    return allowed[-1] if allowed else found


def dataset_id_of(stage: Stage, name: str) -> ObjectId:
    with stage.api.databases() as client:
        document = client[stage.api.settings.database_name]["datasets"].find_one({"name": name})
    assert document
    return ObjectId(document["_id"])


@pytest.mark.parametrize("cell", TABLE, ids=str)
def test_every_door_shows_what_the_table_says(stage: Stage, cell: Cell) -> None:
    person, name = stage.people[cell.role], stage.datasets[str(cell)]
    become(stage.api, stage.api.admin)
    shown = {"management": fom.get_permissions(dataset_name=name, user=person.email).name}
    if cell.role != "GUEST":  # guests have no keys, so that only what others see of them can be read
        response = person.api.get(f"/datasets/{name}")
        shown["rest"] = "NO_ACCESS" if response.status_code == 404 else response.json()["permission"]
        shown["commands"] = through_commands(stage.clients[cell.role], name, dataset_id_of(stage, name))
        become(stage.api, person)
        shown["sharing"] = "MANAGE" if may_share(stage, name) else "less"
    expected = dict.fromkeys(shown, cell.effective)
    if "sharing" in shown:
        expected["sharing"] = "MANAGE" if cell.effective == "MANAGE" else "less"
    assert shown == expected


def may_share(stage: Stage, name: str) -> bool:
    """Whether the one who acts may grant others access."""
    try:
        fom.set_dataset_user_permission(name, stage.api.admin.id, fom.VIEW)
    except (ValueError, PermissionError, LookupError):
        return False
    return True


def test_guests_cannot_connect(stage: Stage) -> None:
    guest = stage.people["GUEST"]
    assert guest.api.get("/datasets").status_code in {401, 403}
    with pytest.raises(Exception, match=r"(?i)guest|key"), open_tunnel(stage.api.url, guest.key) as tunnel:
        pymongo.MongoClient(tunnel.uri, serverSelectionTimeoutMS=3000)["fiftyone"]["datasets"].find_one()
