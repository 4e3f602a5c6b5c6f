"""What commands change about who may do what: before the command, or after its client has the reply."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pymongo
from bson import ObjectId
from pymongo.errors import PyMongoError

from conftest import MongoDB
from safelight_server.authz.access import Access
from safelight_server.authz.decision import Decision, Effect, Facts, ForgetDataset, Forward, ReserveDataset
from safelight_server.authz.request import Request
from support.gateway_rig import KEY, Everything, gateway_in_process, open_tunnel

DATASET = ObjectId()


class Recording(Everything):
    """Rules that forget a dataset once something is deleted, but only when they are allowed to go on."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.done: list[str] = []
        self.may_forget = asyncio.Event()
        self._problem = problem

    def decide(self, request: Request, access: Access, facts: Facts) -> Decision:
        decision = super().decide(request, access, facts)
        assert isinstance(decision, Forward) or request.name == "endSessions"
        if isinstance(decision, Forward) and request.name == "delete":
            return replace(decision, after=(ForgetDataset(DATASET),))
        if isinstance(decision, Forward) and request.name == "insert":
            return replace(decision, before=(ReserveDataset(DATASET, generated=False),))
        return decision

    async def prepare(self, effect: Effect, _access: Access) -> None:
        assert isinstance(effect, ReserveDataset)
        self.done.append("reserved")

    async def settle(self, effect: Effect, _access: Access, reply: dict[str, Any] | None) -> None:
        if isinstance(effect, ForgetDataset):
            await self.may_forget.wait()
            self.done.append("forgotten")
            if self._problem:
                raise self._problem
        else:
            assert reply is not None
            assert reply["ok"] == 1


def test_a_deletion_is_answered_before_its_dataset_is_forgotten(mongodb: MongoDB) -> None:
    rules = Recording()
    with (
        gateway_in_process(mongodb.uri, rules) as gateway,
        open_tunnel(gateway.url, KEY) as tunnel,
        pymongo.MongoClient[dict[str, Any]](tunnel.uri, maxPoolSize=1) as client,
    ):
        rows = client["fiftyone"]["rows"]
        rows.delete_one({"_id": DATASET})
        assert rows.find_one({"_id": DATASET}) is None, "it does not stop what has nothing to do with it"
        assert rules.done == []
        inserting = threading.Thread(target=rows.insert_one, args=[{"_id": DATASET}])
        inserting.start()
        inserting.join(0.5)
        assert rules.done == [], "the same id is not given away before it is forgotten"
        assert gateway.loop
        gateway.loop.call_soon_threadsafe(rules.may_forget.set)
        inserting.join(20)
        rows.drop()
    assert rules.done == ["forgotten", "reserved"]


def test_a_list_that_could_not_be_forgotten_spoils_no_later_command(mongodb: MongoDB) -> None:
    rules = Recording(problem=PyMongoError("the primary is gone"))
    rules.may_forget.set()
    with (
        gateway_in_process(mongodb.uri, rules) as gateway,
        open_tunnel(gateway.url, KEY) as tunnel,
        pymongo.MongoClient[dict[str, Any]](tunnel.uri, maxPoolSize=1, retryWrites=False) as client,
    ):
        rows = client["fiftyone"]["rows"]
        rows.delete_one({"_id": DATASET})
        rows.insert_one({"_id": DATASET})
        rows.drop()
    assert rules.done == ["forgotten", "reserved"]
