"""What a cached file costs: `get_local_path` of something that is there."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Final

from benchmarks.place import Place
from benchmarks.report import Table

NUMBER: Final = 20_000


def measure(place: Place, rounds: int) -> list[Table]:
    runs = [place.run("hits") for _ in range(rounds)]
    names = {"hit": "`get_local_path` of a cached file", "stat": "`os.stat` of the same file, for comparison"}
    rows = [
        [names[kind], f"{statistics.median(run[kind] for run in runs):.1f} µs"] for kind in ("hit", "stat")
    ]
    return [Table("hits", ["", "median per call"], rows)]


def main() -> None:
    import os

    from safelight.runtime import get_runtime

    cache = get_runtime().cache
    addresses = [f"s3://bench/photos/{i // 1000:03}/{i:06}.jpg" for i in range(NUMBER)]
    paths = [cache.local_path_of(address) for address in addresses]
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    started = time.perf_counter()
    for address in addresses:
        cache.get_local_path(address)
    hit = time.perf_counter() - started
    started = time.perf_counter()
    for path in paths:
        os.stat(path)  # noqa: PTH116 - what the hit has to do at least, without the cost of a Path
    stat = time.perf_counter() - started
    print(json.dumps({"hit": hit / NUMBER * 1e6, "stat": stat / NUMBER * 1e6}))


if __name__ == "__main__":
    main()
