"""A bulk download of 100,000 files that are all there already."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.place import Place
from benchmarks.report import Table

NUMBER: Final = 100_000


def measure(place: Place, rounds: int) -> list[Table]:
    environ = {"FIFTYONE_MEDIA_CACHE_DIR": str(place.directory / "full")}
    place.run("full_cache", "fill", **environ)
    runs = [place.run("full_cache", "download", **environ) for _ in range(rounds)]
    rows = [
        ["first `download` in a process", f"{statistics.median(run['first'] for run in runs):.2f} s"],
        ["the next one", f"{statistics.median(run['second'] for run in runs):.2f} s"],
        ["`cache_stats` of the whole cache", f"{statistics.median(run['stats'] for run in runs):.2f} s"],
    ]
    return [Table("full-cache", [f"{NUMBER:,} cached files", "median"], rows)]


def main(action: str) -> None:
    from safelight.cache.marks import Mark, write_mark
    from safelight.runtime import get_runtime

    cache = get_runtime().cache
    addresses = [f"s3://bench/photos/{i // 1000:03}/{i:06}.jpg" for i in range(NUMBER)]
    if action == "fill":
        for address in addresses:
            path = Path(cache.local_path_of(address))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"photo")
            write_mark(str(path), Mark(5))
            os.utime(path, (0, 0))
    times = {}
    for name in ("first", "second"):
        started = time.perf_counter()
        report = cache.download(addresses)
        times[name] = time.perf_counter() - started
        if report.cached != NUMBER:
            raise RuntimeError(report)
    started = time.perf_counter()
    cache.stats()
    times["stats"] = time.perf_counter() - started
    print(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
