"""A primary that steps down, or dies, while scripts write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo import WriteConcern

from support.gateway_rig import KEY, gateway_in_process, open_tunnel
from support.replica_set import ReplicaSet, replica_set

WRITERS = 4


@pytest.fixture
def members(tmp_path: Path) -> Iterator[ReplicaSet]:
    with replica_set(tmp_path) as running:
        yield running


class Writers:
    """Four threads that insert and count, and stop at the first error."""

    def __init__(self, uri: str) -> None:
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(uri)
        self.collection = self._client["tunnel_tests"].get_collection(
            "numbers", write_concern=WriteConcern("majority")
        )
        self.acknowledged: list[tuple[int, int]] = []
        self.errors: list[Exception] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(WRITERS)]

    def __enter__(self) -> Writers:  # noqa: PYI034 - nobody derives from it
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def wait_for(self, count: int) -> None:
        target = len(self.acknowledged) + count
        while len(self.acknowledged) < target and not self.errors:
            self._threads[0].join(0.02)

    def _run(self, writer: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            try:
                self.collection.insert_one({"writer": writer, "number": number})
                self.acknowledged.append((writer, number))
            except Exception as error:  # noqa: BLE001 - the test fails with whatever it is
                self.errors.append(error)
                return


@pytest.mark.soak
@pytest.mark.parametrize("event", ["step_down", "kill_primary"])
def test_writers_do_not_notice(members: ReplicaSet, event: str) -> None:
    with gateway_in_process(members.uri) as gateway, open_tunnel(gateway.url, KEY) as tunnel:
        with Writers(tunnel.uri) as writers:
            writers.wait_for(100)
            getattr(members, event)()
            writers.wait_for(200)
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(members.uri)
        with client:
            documents = client["tunnel_tests"]["numbers"].find()
            stored = sorted((document["writer"], document["number"]) for document in documents)
    assert writers.errors == []
    assert stored == sorted(writers.acknowledged), "lost or doubled"
