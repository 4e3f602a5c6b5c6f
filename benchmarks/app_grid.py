"""The App in Chromium: 40 pictures of a bucket, beside stock FiftyOne's App with the same on the disk."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Final

from benchmarks.place import Place
from benchmarks.report import Table
from support.app_page import AppPage
from support.app_server import running_app
from support.chromium import chromium, new_page
from support.pictures import NAMES, encode, photograph

SHOWN: Final = 40
_BUCKET: Final = "app-grid"
_MAKE: Final = """
import sys, fiftyone as fo
dataset = fo.Dataset(sys.argv[1], persistent=True)
dataset.add_samples([fo.Sample(filepath=path) for path in sys.argv[2:]], progress=False)
"""


@dataclass
class _Contender:
    """An App, and what it shows.

    Attributes:
        name: of its dataset
        pictures: their paths or addresses
        environment: of its processes
        starts: seconds from starting the script to `launch_app` having returned
        grids: seconds from asking for the page to the last picture, the server warm and the browser new
    """

    name: str
    pictures: list[str]
    environment: dict[str, str]
    starts: list[float] = field(default_factory=list)
    grids: list[float] = field(default_factory=list)


def measure(place: Place, rounds: int) -> list[Table]:
    ours, stock = _contenders(place)
    for contender in (ours, stock):
        command = [sys.executable, "-c", _MAKE, contender.name, *contender.pictures]
        subprocess.run(command, env=contender.environment, check=True)
    for number in range(rounds + 1):  # the first round compiles and fills the page cache
        for contender in (ours, stock) if number % 2 else (stock, ours):
            _run(contender)
    titles = {
        "start": "start the script, until the App answers",
        "grid": f"{SHOWN} pictures drawn, server warm",
    }
    rows = [
        _row(titles["start"], ours.starts[1:], stock.starts[1:]),
        _row(titles["grid"], ours.grids[1:], stock.grids[1:]),
    ]
    return [Table("app-grid", ["", "Safelight, bucket", "stock, local files", "against stock"], rows)]


def _row(title: str, ours: list[float], stock: list[float]) -> list[str]:
    first, second = statistics.median(ours), statistics.median(stock)
    return [title, f"{first:.2f} s", f"{second:.2f} s", f"{first / second:.2f}"]


def _contenders(place: Place) -> tuple[_Contender, _Contender]:
    client = place.new_bucket(_BUCKET)
    folder = place.directory / "app-grid"
    folder.mkdir()
    names = [f"{number:02}.jpg" for number in range(SHOWN)]
    bodies = [encode(photograph(name)) for name in NAMES]
    for number, name in enumerate(names):
        body = bodies[number % len(bodies)]
        client.put_object(Bucket=_BUCKET, Key=name, Body=body)
        (folder / name).write_bytes(body)
    common = place.environment | {"FIFTYONE_DATABASE_URI": place.database.uri}
    ours = common | {"S3_ENDPOINT_URL": place.store.endpoint_url}
    return (
        _Contender("bucket", [f"s3://{_BUCKET}/{name}" for name in names], ours),
        _Contender("disk", [str(folder / name) for name in names], common | {"SAFELIGHT_DISABLE": "1"}),
    )


def _run(contender: _Contender) -> None:
    started = time.perf_counter()
    with running_app(contender.environment) as app, chromium() as browser:
        contender.starts.append(time.perf_counter() - started)
        for _ in range(2):  # the first page warms the server
            with new_page(browser, height=1800) as page:
                started = time.perf_counter()
                AppPage(page).open_grid(f"{app.url}/datasets/{contender.name}", SHOWN)
                seconds = time.perf_counter() - started
        contender.grids.append(seconds)
