"""A connection that is cut while a dataset is made: there is one in the end, and it is its maker's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from prometheus_client import REGISTRY

from support.api_script import run_script
from support.api_server import Person, RunningApi
from support.gateway_rig import open_tunnel
from support.rough_network import RoughNetwork, rough_network

_EVERY_BYTES = 30
_HANDSHAKE_BYTES = 700
"""Of the WebSocket: connections that are cut before are opened again by the tunnel, and nobody notices."""


@pytest.fixture
def network(api: RunningApi) -> Iterator[RoughNetwork]:
    with rough_network(api.url) as between:
        yield between


def inserts() -> float:
    """How many the gateway has sent on."""
    labels = {"command": "insert", "outcome": "ok", "level": "NO_ACCESS"}
    return REGISTRY.get_sample_value("safelight_gateway_commands_total", labels) or 0


def dataset_document(prefix: str) -> dict[str, Any]:
    dataset_id, name = ObjectId(), f"cut-{secrets.token_hex(4)}"
    samples = f"{prefix}.{dataset_id}"
    return {
        "_id": dataset_id,
        "name": name,
        "slug": name,
        "sample_collection_name": samples,
        "persistent": False,
    }


@pytest.mark.parametrize(
    ("role", "prefix"), [("MEMBER", "samples"), ("ADMIN", "samples"), ("LABELER", "patches")]
)
def test_wherever_it_is_cut_a_driver_makes_one(
    api: RunningApi, people: dict[str, Person], network: RoughNetwork, role: str, prefix: str
) -> None:
    person, sent = people[role], inserts()
    positions = range(_HANDSHAKE_BYTES, _HANDSHAKE_BYTES + 60 * _EVERY_BYTES, _EVERY_BYTES)
    documents = [dataset_document(prefix) for _ in positions]
    with open_tunnel(network.url, person.key) as tunnel:
        for cut, document in zip(positions, documents, strict=True):
            with pymongo.MongoClient[dict[str, Any]](tunnel.uri) as client:
                network.cuts = [cut]
                database = client[api.settings.database_name]
                database["datasets"].insert_one(document)
                assert network.cuts == []
                database[document["sample_collection_name"]].insert_one({"filepath": "/1.jpg"})
    ids = [document["_id"] for document in documents]
    with api.databases() as around:
        assert around[api.settings.database_name]["datasets"].count_documents({"_id": {"$in": ids}}) == len(
            ids
        )
        lists = list(around[api.settings.own_database]["dataset_access"].find({"_id": {"$in": ids}}))
    assert [each["users"] for each in lists] == [{person.id: "MANAGE"}] * len(ids)
    assert inserts() - sent > len(ids), "no reply to an insert was lost: cut elsewhere"


def test_fiftyone_makes_one_or_says_that_it_may_be_tried_again(
    api: RunningApi, people: dict[str, Person], network: RoughNetwork, tmp_path: Path
) -> None:
    # The tunnel's own and the first one of the driver last until the script has begun.
    network.cuts = [1_000_000, 20_000, *range(4_000, 13_000, 300)]
    run_script(
        """
        import fiftyone as fo
        from pymongo.errors import AutoReconnect

        fo.list_datasets()
        for number in range(40):
            name = f"torn-{number}"
            try:
                fo.Dataset(name)
            except AutoReconnect:
                if not fo.dataset_exists(name):
                    fo.Dataset(name)
            fo.load_dataset(name)
        assert len(fo.list_datasets("torn-*")) == 40
        """,
        tmp_path,
        {"FIFTYONE_API_URI": network.url, "FIFTYONE_API_KEY": people["MEMBER"].key},
    )
    assert network.cuts == []
