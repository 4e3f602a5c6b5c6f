"""The same scripts on local media, with ours and with stock, in alternating fresh processes."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import api_connection
from benchmarks.place import Place
from benchmarks.report import Table

ROUNDS: Final = 7
ADDED: Final = 5_000
LIVING: Final = 3_000
FAR_LIVING: Final = 3_000
SCRIPTED: Final = 1_000
DELAY_S: Final = 0.02
"""How much longer a round trip to the API server takes than within this machine."""

OURS: Final[dict[str, str]] = {}
STOCK: Final = {"SAFELIGHT_DISABLE": "1"}
UPSTREAMS_DOCUMENTS: Final = {"SAFELIGHT_DISABLE_PATCHES": "dereferencing,restoring,validating,reloading"}
"""Stock cannot reach an API server. This is its work with documents, in our FiftyOne."""

_IMPORT: Final = "import fiftyone"
_SCRIPT: Final = "import fiftyone as fo; [sample.filepath for sample in fo.load_dataset('scripted')]"
_STEPS: Final = {
    "construct": f"make {ADDED:,} samples of three detections each",
    "add": f"`add_samples` of them ({ADDED:,})",
    "set_values": f"`set_values` with {LIVING:,} living samples",
    "iterate": f"iterate over {ADDED:,} samples",
    "labels": f"iterate over {ADDED:,} samples and all their detections",
    "save": f"`iter_samples(autosave=True)`, a number and a label changed in each of {ADDED:,}",
}


@dataclass(frozen=True)
class Spent:
    """What one run took: on a busy machine, processor time is the steadier of the two."""

    wall_s: float
    cpu_s: float


Runs = dict[str, tuple[list[Spent], list[Spent]]]
"""By title: the runs of ours and of stock."""


def measure(place: Place, rounds: int) -> list[Table]:
    place.run("upstream", "scripted", FIFTYONE_DATABASE_URI=place.database.uri)
    runs: Runs = {}
    for number in range(max(rounds, ROUNDS) + 1):
        sides = [(0, OURS), (1, STOCK)]
        for side, switch in sides if number % 2 else reversed(sides):
            for title, spent in _one_round(place, switch).items():
                # The first round writes bytecode and fills the page cache.
                if number:
                    runs.setdefault(title, ([], []))[side].append(spent)
    return [
        Table("upstream", ["", "ours", "stock", "time", "its CPU"], _rows(runs)),
        Table("upstream-far", ["", "ours", "upstream's work", "time", "its CPU"], _rows(_far_runs(place))),
    ]


def _one_round(place: Place, switch: dict[str, str]) -> dict[str, Spent]:
    found = {
        "`import fiftyone`": _python(place, switch, _IMPORT),
        f"a script: import, load a dataset, iterate over {SCRIPTED:,} samples, exit": _python(
            place, switch, _SCRIPT
        ),
    }
    with tempfile.TemporaryDirectory(dir=place.directory) as nothing:
        bare = switch | {"PYTHONPYCACHEPREFIX": nothing, "PYTHONDONTWRITEBYTECODE": "1"}
        found["`import fiftyone`, no bytecode of any module"] = _python(place, bare, _IMPORT)
    return found | _steps(place, switch | {"FIFTYONE_DATABASE_URI": place.database.uri})


def _python(place: Place, changes: dict[str, str], script: str) -> Spent:
    environment = place.environment | {"FIFTYONE_DATABASE_URI": place.database.uri} | changes
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, stdout=subprocess.DEVNULL)
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _steps(place: Place, changes: dict[str, str]) -> dict[str, Spent]:
    found: dict[str, Any] = place.run("upstream", "documents", **changes)
    return {_STEPS[name]: Spent(*spent) for name, spent in found.items()}


def _far_runs(place: Place) -> Runs:
    from support.rough_network import rough_network

    title = f"`set_values` with {FAR_LIVING:,} living samples, the API server {DELAY_S * 1000:.0f} ms away"
    runs: tuple[list[Spent], list[Spent]] = [], []
    with api_connection.server(place) as server, rough_network(server.api["FIFTYONE_API_URI"]) as network:
        network.delay_s = DELAY_S / 2
        for _ in range(3):
            for side, switch in enumerate((OURS, UPSTREAMS_DOCUMENTS)):
                there = server.api | {"FIFTYONE_API_URI": network.url}
                runs[side].append(Spent(*place.run("upstream", "far", **there, **switch)["set_values"]))
    return {title: runs}


def _rows(runs: Runs) -> list[list[str]]:
    rows = []
    for title, sides in runs.items():
        ours, stock = (
            Spent(
                statistics.median(each.wall_s for each in spent),
                statistics.median(each.cpu_s for each in spent),
            )
            for spent in sides
        )
        ratios = f"{ours.wall_s / stock.wall_s:.2f}x", f"{ours.cpu_s / stock.cpu_s:.2f}x"
        rows.append([title, f"{ours.wall_s:.2f} s", f"{stock.wall_s:.2f} s", *ratios])
    return rows


def _spent(work: Callable[[], Any]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _samples(count: int) -> list[Any]:
    import fiftyone as fo

    def label(number: int) -> Any:
        return fo.Detection(label=f"l{number}", bounding_box=[0.1, 0.1, 0.2, 0.2], confidence=0.5)

    return [
        fo.Sample(
            f"/data/{i:06}.jpg", number=i, objects=fo.Detections(detections=[label(j) for j in range(3)])
        )
        for i in range(count)
    ]


def documents() -> dict[str, tuple[float, float]]:
    """What a script does with samples."""
    import fiftyone as fo

    dataset = fo.Dataset()
    samples: list[Any] = []
    spent = {"construct": _spent(lambda: samples.extend(_samples(ADDED)))}
    spent["add"] = _spent(lambda: dataset.add_samples(samples, progress=False))
    del samples[LIVING:]
    view = dataset.limit(LIVING)
    spent["set_values"] = _spent(lambda: view.set_values("score", [0.5] * LIVING))
    samples.clear()
    spent["iterate"] = _spent(lambda: [sample.number for sample in dataset])
    spent["labels"] = _spent(lambda: [label.label for each in dataset for label in each.objects.detections])

    def save() -> None:
        for sample in dataset.iter_samples(autosave=True):
            sample["number"] += 1
            sample.objects.detections[0].label = "changed"

    spent["save"] = _spent(save)
    dataset.delete()
    return spent


def far() -> dict[str, tuple[float, float]]:
    """The one thing that stock does with a query for each sample."""
    import fiftyone as fo

    dataset = fo.Dataset()
    samples = _samples(FAR_LIVING)
    dataset.add_samples(samples, progress=False)
    spent = {"set_values": _spent(lambda: dataset.set_values("score", [0.5] * FAR_LIVING))}
    dataset.delete()
    return spent


def scripted() -> dict[str, tuple[float, float]]:
    """Make the dataset of the script."""
    import fiftyone as fo

    dataset = fo.Dataset("scripted", overwrite=True, persistent=True)
    dataset.add_samples(_samples(SCRIPTED), progress=False)
    return {}


if __name__ == "__main__":
    os.environ["FIFTYONE_SHOW_PROGRESS_BARS"] = "false"
    work = {"documents": documents, "far": far, "scripted": scripted}[sys.argv[1]]
    print(json.dumps(work()))
