"""`import fiftyone`, ours against stock, in alternating rounds."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Final

from benchmarks.place import Place
from benchmarks.report import Table

KINDS: Final = {"ours": {}, "stock": {"SAFELIGHT_DISABLE": "1"}}


def measure(place: Place, rounds: int) -> list[Table]:
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(rounds + 1):
        for kind, environ in KINDS.items():
            times[kind].append(_import(place, environ))
    # The first round compiles and fills the page cache.
    medians = {kind: statistics.median(values[1:]) for kind, values in times.items()}
    rows = [
        ["with Safelight", f"{medians['ours']:.2f} s", f"{medians['ours'] / medians['stock']:.3f}"],
        ["stock (`SAFELIGHT_DISABLE=1`)", f"{medians['stock']:.2f} s", "1"],
    ]
    return [Table("imports", ["`python -c 'import fiftyone'`", "median", "against stock"], rows)]


def _import(place: Place, environ: dict[str, str]) -> float:
    environment = place.environment | {"FIFTYONE_DATABASE_URI": place.database.uri} | environ
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fiftyone"], env=environment, check=True)
    return time.perf_counter() - started
