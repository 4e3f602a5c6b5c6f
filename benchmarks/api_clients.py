"""Thirty-two clients with small commands, alone and beside one that reads much: how long a command takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

CLIENTS: Final = 32
COMMANDS: Final = 60
EVERY_S: Final = 0.1
"""Each client's pace: a server that is busy all the time would only show its queue."""

DOCUMENTS: Final = 20_000
DOCUMENT_BYTES: Final = 5_000


def _database() -> Any:
    import fiftyone.core.odm as foo

    return foo.get_db_conn()


def _latencies(name: str) -> list[float]:
    """Of every command, in milliseconds; each client has a connection of its own, opened before."""
    import pymongo

    database, uri = _database(), _uri()
    found: list[float] = []

    def work(number: int) -> None:
        with pymongo.MongoClient[dict[str, Any]](uri) as client:
            collection = client[database.name][name]
            collection.find_one({"_id": number})
            opened.wait()
            for i in range(COMMANDS):
                time.sleep(max(0.0, begin[0] + (i + number / CLIENTS) * EVERY_S - time.perf_counter()))
                started = time.perf_counter()
                collection.find_one({"_id": number * i % DOCUMENTS}, {"_id": 1})
                found.append(1e3 * (time.perf_counter() - started))

    begin = [0.0]

    def set_off() -> None:
        begin[0] = time.perf_counter()

    opened = threading.Barrier(CLIENTS, set_off)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _uri() -> str:
    import fiftyone as fo

    return str(fo.config.database_uri)


@contextmanager
def _reader(name: str) -> Iterator[None]:
    """A process that reads the whole collection over and over."""
    command = [sys.executable, "-m", "benchmarks.api_clients", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.kill()


def read_over_and_over(name: str) -> None:
    """Say so after the first time."""
    collection = _database()[name]
    while True:
        for _document in collection.find():
            pass
        print("reading", flush=True)


def measure() -> dict[str, list[float]]:
    """Median, 99th percentile and longest, by what goes on beside."""
    from bson import ObjectId

    name = f"samples.{ObjectId()}"
    collection = _database()[name]
    text = "some text " * (DOCUMENT_BYTES // 10)
    collection.insert_many([{"_id": i, "filepath": f"/{i}.jpg", "text": text} for i in range(DOCUMENTS)])
    try:
        alone = _latencies(name)
        with _reader(name):
            beside = _latencies(name)
    finally:
        collection.drop()
    size = DOCUMENTS * DOCUMENT_BYTES // 1_000_000
    return {
        f"{CLIENTS} clients, alone": _summary(alone),
        f"{CLIENTS} clients beside one that reads {size} MB over and over": _summary(beside),
    }


def _summary(latencies: list[float]) -> list[float]:
    return [statistics.median(latencies), statistics.quantiles(latencies, n=100)[98], max(latencies)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read_over_and_over(sys.argv[1])
    else:
        print(json.dumps(measure()))
