"""The API connection beside a direct connection to the same MongoDB: the driver's work, and FiftyOne's."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.place import Place, in_turn
from benchmarks.report import Table

DOCUMENTS: Final = 20_000
SAMPLES: Final = 3_000
TURNS: Final = 5
"""How often each contender does each thing in a round, in turn with the others: busy moments are for all."""

LEAST_ROUNDS: Final = 3
"""One process is not like another, so each round has new ones."""

DRIVER: Final = {
    "ping": "2,000 pings",
    "find_one": "2,000 `find_one` by id",
    "insert": f"insert {DOCUMENTS:,} documents",
    "read": f"read {DOCUMENTS:,} documents",
    "group": "20 grouping aggregations",
    "threads_find": "8 threads, 2,000 `find_one` in all",
    "threads_read": "8 threads, 5,000 documents each",
    "update": f"{DOCUMENTS:,} updates in bulk",
}
FIFTYONE: Final = {
    "add": f"add {SAMPLES:,} samples",
    "set_values": f"`set_values` with {SAMPLES:,} living samples",
    "iterate": f"iterate over {SAMPLES:,} samples",
    "count_values": "50 `count_values`",
    "values": "20 `values`",
    "save": "`save()` of 300 samples",
}
CONTENDERS: Final = {"direct": {}, "API": {}, "API, no compression": {"FIFTYONE_API_COMPRESSOR": "none"}}


def measure(place: Place, rounds: int) -> list[Table]:
    with server(place) as running:
        return [
            _table(place, running, max(rounds, LEAST_ROUNDS), work="driver", cases=DRIVER),
            _table(place, running, max(rounds, LEAST_ROUNDS), work="fiftyone", cases=FIFTYONE),
            _clients(place, running),
            Table("api-memory", ["API server", "resident memory"], _memory(running)),
        ]


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    api: dict[str, str]


@contextmanager
def server(place: Place) -> Iterator[Server]:
    """`safelight-server serve`, with accounts of its own, as in production."""
    from safelight.storage.credentials import Secret
    from safelight_server.bootstrap import bootstrap
    from safelight_server.quickstart.ports import find_free_port
    from safelight_server.settings import Settings

    settings = Settings(
        port=find_free_port(), mongodb_uri=Secret(place.database.uri), database_name="fiftyone"
    )
    done = asyncio.run(bootstrap(settings, "bench@example.org"))
    assert done.admin_key
    environment = place.environment | {"SAFELIGHT_MONGODB_URI": place.database.uri}
    command = [sys.executable, "-m", "safelight_server.cli", "serve", "--port", str(settings.port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(settings.url)
            yield Server(
                process, {"FIFTYONE_API_URI": settings.url, "FIFTYONE_API_KEY": done.admin_key.reveal()}
            )
        finally:
            process.terminate()


def _wait_until_ready(url: str) -> None:
    import httpx

    for _ in range(400):
        try:
            if httpx.get(f"{url}/ready", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not become ready")


def _table(place: Place, server: Server, rounds: int, *, work: str, cases: dict[str, str]) -> Table:
    times: dict[str, dict[str, list[float]]] = {case: {each: [] for each in CONTENDERS} for case in cases}
    for number in range(rounds):
        with ExitStack() as living:
            workers = {
                contender: living.enter_context(
                    place.worker(
                        "api_connection", work, **_where(place, server, contender), **CONTENDERS[contender]
                    )
                )
                for contender in in_turn(CONTENDERS, number)
            }
            for case in cases:
                for turn in range(TURNS):
                    for contender in in_turn(CONTENDERS, turn):
                        times[case][contender].append(workers[contender].ask(case))
    return Table(
        f"api-{work}", ["", *CONTENDERS], [_row(title, times[case]) for case, title in cases.items()]
    )


def _row(title: str, times: dict[str, list[float]]) -> list[str]:
    direct, *others = (times[each] for each in CONTENDERS)
    cells = [f"{statistics.median(each):.3f} s ({_ratio(each, direct):.2f})" for each in others]
    return [title, f"{statistics.median(direct):.3f} s", *cells]


def _ratio(times: list[float], direct: list[float]) -> float:
    """The median of the turns' own ratios: what keeps the machine busy for a turn is in both."""
    return statistics.median(ours / its for ours, its in zip(times, direct, strict=True))


def _where(place: Place, server: Server, contender: str) -> dict[str, str]:
    return {"FIFTYONE_DATABASE_URI": place.database.uri} if contender == "direct" else server.api


def _clients(place: Place, server: Server) -> Table:
    contenders = ("direct", "API")
    found = {each: place.run("api_clients", **_where(place, server, each)) for each in contenders}
    rows = [
        [title, *(" / ".join(f"{value:.1f}" for value in found[each][title]) for each in contenders)]
        for title in found["API"]
    ]
    return Table("api-clients", ["milliseconds: median / 99 % / longest", *contenders], rows)


def _memory(server: Server) -> list[list[str]]:
    """What 200 connections cost that have each run one command."""
    import psutil
    import pymongo

    from safelight.storage.credentials import Secret
    from safelight.tunnel.options import TunnelOptions
    from safelight.tunnel.tunnel import Tunnel

    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    tunnel = Tunnel(TunnelOptions(server.api["FIFTYONE_API_URI"], Secret(server.api["FIFTYONE_API_KEY"])))
    tunnel.start()
    clients = [pymongo.MongoClient[dict[str, Any]](tunnel.uri) for _ in range(200)]
    for client in clients:
        client["fiftyone"]["datasets"].find_one()
    after = process.memory_info().rss
    for client in clients:
        client.close()
    tunnel.close()
    return [
        ["after the benchmark", f"{before / 1e6:.0f} MB"],
        ["for each of 200 more connections", f"{(after - before) / 200 / 1e3:.0f} kB"],
    ]


@dataclass(frozen=True)
class Case:
    """One thing that is timed.

    Attributes:
        work: what is timed
        prepare: what is done before, every time
    """

    work: Callable[[], Any]
    prepare: Callable[[], Any] = lambda: None


def driver() -> dict[str, Case]:
    """What pymongo alone does, in a collection of samples."""
    import fiftyone.core.odm as foo
    import pymongo
    from bson import ObjectId

    database = foo.get_db_conn()
    client: pymongo.MongoClient[dict[str, Any]] = database.client
    collection = database[f"samples.{ObjectId()}"]
    atexit.register(collection.drop)
    documents = [
        {"_id": i, "filepath": f"/data/{i:06}.jpg", "tags": ["train"], "group": i % 10, "text": "x" * 900}
        for i in range(DOCUMENTS)
    ]
    grouping = [{"$group": {"_id": "$group", "n": {"$sum": 1}}}]
    updates = [pymongo.UpdateOne({"_id": i}, {"$inc": {"n": 1}}) for i in range(DOCUMENTS)]
    collection.insert_many(documents)

    def find(times: int) -> None:
        for i in range(times):
            collection.find_one({"_id": i})

    def in_threads(work: Callable[[], Any]) -> None:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return {
        "ping": Case(lambda: [client.admin.command("ping") for _ in range(2000)]),
        "find_one": Case(lambda: find(2000)),
        "insert": Case(lambda: collection.insert_many(documents), prepare=collection.drop),
        "read": Case(lambda: list(collection.find())),
        "group": Case(lambda: [list(collection.aggregate(grouping)) for _ in range(20)]),
        "threads_find": Case(lambda: in_threads(lambda: find(250))),
        "threads_read": Case(lambda: in_threads(lambda: list(collection.find().limit(5000)))),
        "update": Case(lambda: collection.bulk_write(updates)),
    }


def fiftyone() -> dict[str, Case]:
    """What a script does."""
    import fiftyone as fo

    dataset, scratch = fo.Dataset(), fo.Dataset()
    atexit.register(dataset.delete)
    atexit.register(scratch.delete)
    living: list[fo.Sample] = []

    def make() -> None:
        living[:] = [
            fo.Sample(
                f"/data/{i:06}.jpg",
                number=i,
                objects=fo.Detections(
                    detections=[
                        fo.Detection(label=f"l{j}", bounding_box=[0.1, 0.1, 0.2, 0.2]) for j in range(3)
                    ]
                ),
            )
            for i in range(SAMPLES)
        ]
        scratch.clear()

    def save() -> None:
        for sample in dataset.limit(300):
            sample["number"] += 1
            sample.save()

    def relive() -> None:
        make()
        scratch.add_samples(living, progress=False)

    make()
    dataset.add_samples(living, progress=False)
    living.clear()
    labels = "objects.detections.label"
    return {
        "add": Case(lambda: scratch.add_samples(living, progress=False), prepare=make),
        "set_values": Case(lambda: scratch.set_values("score", [0.5] * SAMPLES), prepare=relive),
        "iterate": Case(lambda: [sample.number for sample in dataset], prepare=living.clear),
        "count_values": Case(lambda: [dataset.count_values(labels) for _ in range(50)]),
        "values": Case(lambda: [dataset.values(labels) for _ in range(20)]),
        "save": Case(save),
    }


def serve_turns(cases: dict[str, Case]) -> None:
    """Do and time what standard input names, a case a line."""
    for line in sys.stdin:
        case = cases[line.strip()]
        case.prepare()
        began = time.perf_counter()
        case.work()
        print(json.dumps(time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    os.environ["FIFTYONE_SHOW_PROGRESS_BARS"] = "false"
    serve_turns({"driver": driver, "fiftyone": fiftyone}[sys.argv[1]]())
