"""Many small and some large objects from a store to files: ours and the peers, in alternating rounds."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.contenders import CONTENDERS
from benchmarks.place import ACCESS_KEY, BUCKET, SECRET_KEY, Place, in_turn
from benchmarks.report import Table

_MEGABYTE: Final = 1e6


@dataclass(frozen=True)
class Load:
    """What is downloaded: `number` objects of `size` bytes below the prefix `name`."""

    name: str
    number: int
    size: int


LOADS: Final = (Load("small", 3000, 100_000), Load("large", 200, 5_000_000))


def measure(place: Place, rounds: int) -> list[Table]:
    asyncio.run(_fill(place))
    return [_measure_load(place, load, rounds) for load in LOADS]


async def _fill(place: Place) -> None:
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        BUCKET,
        endpoint=place.store.endpoint_url,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    place.new_bucket(BUCKET)
    for load in LOADS:
        keys = iter(f"{load.name}/{i:05}.bin" for i in range(load.number))

        async def put(keys: Any, size: int) -> None:
            for key in keys:
                await obstore.put_async(store, key, os.urandom(size))

        await asyncio.gather(*(put(keys, load.size) for _ in range(8)))


def _measure_load(place: Place, load: Load, rounds: int) -> Table:
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    # Files are emptied after each run and deleted after all: ext4 makes new files several times as slowly for
    # minutes after many were deleted, and who makes them pays for it.
    with tempfile.TemporaryDirectory(dir=place.directory) as directory:
        for turn in range(rounds):
            for name in in_turn(CONTENDERS, turn):
                results[name].append(_run(place, load, name, Path(directory, f"{turn}-{name}")))
    seconds = {name: statistics.median(run["seconds"] for run in runs) for name, runs in results.items()}
    ours = seconds["safelight"]
    rows = [
        [
            CONTENDERS[name].title,
            f"{seconds[name]:.2f} s",
            f"{load.number / seconds[name]:,.0f}",
            f"{load.number * load.size / seconds[name] / _MEGABYTE:,.0f}",
            f"{seconds[name] / ours:.2f}x",
            f"{statistics.median(run['cpu_seconds'] for run in runs):.2f} s",
            "" if name == "s5cmd" else f"{max(run['memory'] for run in runs) / _MEGABYTE:,.0f} MB",
        ]
        for name, runs in sorted(results.items(), key=lambda item: seconds[item[0]])
    ]
    head = ["", "median", "objects/s", "MB/s", "time against ours", "its CPU", "memory growth"]
    return Table(f"downloads-{load.name}", head, rows)


def _run(place: Place, load: Load, name: str, target: Path) -> dict[str, Any]:
    os.sync()
    result = place.run(
        "contenders",
        name,
        load.name,
        str(load.number),
        str(target),
        S3_ENDPOINT_URL=place.store.endpoint_url,
        FIFTYONE_MEDIA_CACHE_DIR=str(target),
    )
    found = list(target.rglob("*.bin"))
    if [path.stat().st_size for path in found] != [load.size] * load.number:
        raise RuntimeError(f"{name} brought {len(found)} files")
    for path in found:
        os.truncate(path, 0)
    return result
