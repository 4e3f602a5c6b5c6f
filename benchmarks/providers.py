"""Many small objects from other providers than S3: ours and the provider's own client, in alternating rounds.

Their servers are the emulators of the tests. Azurite spends several times as long on a request as clients do,
so its answers are recorded and repeated (`benchmarks.replay`).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.place import Place
from benchmarks.report import Table
from support.azurite import ACCOUNT, KEY, azurite
from support.gcs.emulator import emulator

NUMBER: Final = 3000
SIZE: Final = 100_000
FIRST: Final = 64
"""Objects that exist: what is asked for first, by any contender, is among them."""
CONTAINER: Final = "bench"


@dataclass(frozen=True)
class Filled:
    """A server that answers for all the objects.

    Attributes:
        root: what their addresses begin with
        environment: the variables with which both contenders find them
    """

    root: str
    environment: dict[str, str]


@contextmanager
def azure_server() -> Iterator[Filled]:
    """Azure Storage, by Azurite."""
    with azurite() as server, _replaying(server.url) as url:
        container = server.client.create_container(CONTAINER)
        body = os.urandom(SIZE)
        for number in range(FIRST):
            container.upload_blob(f"{number:05}.bin", body)
        environment = {
            "AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "AZURE_STORAGE_KEY": KEY,
            "AZURE_STORAGE_ACCOUNT_URL": f"{url}/{ACCOUNT}",
        }
        yield Filled(f"az://{CONTAINER}", environment)


@contextmanager
def gcs_server() -> Iterator[Filled]:
    """Google Cloud Storage, by fake-gcs-server."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    with tempfile.TemporaryDirectory() as directory, emulator(Path(directory)) as url:
        client = Client("bench", AnonymousCredentials(), client_options={"api_endpoint": url})
        bucket = client.create_bucket(CONTAINER)
        with ThreadPoolExecutor(8) as pool:
            names = (f"{i:05}.bin" for i in range(NUMBER))
            list(pool.map(lambda name: bucket.blob(name).upload_from_string(os.urandom(SIZE)), names))
        yield Filled(f"gs://{CONTAINER}", {"STORAGE_EMULATOR_HOST": url})


@contextmanager
def _replaying(upstream: str) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.replay", upstream]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


SERVERS: Final[dict[str, Callable[[], Any]]] = {"azure": azure_server, "gcs": gcs_server}


def measure(place: Place, rounds: int) -> list[Table]:
    return [_measure_provider(place, name, rounds) for name in SERVERS]


def _measure_provider(place: Place, provider: str, rounds: int) -> Table:
    runs: dict[str, list[dict[str, Any]]] = {"safelight": [], provider: []}
    with SERVERS[provider]() as filled, tempfile.TemporaryDirectory(dir=place.directory) as directory:
        for turn in range(rounds):
            for name in sorted(runs, reverse=turn % 2 == 1):
                runs[name].append(_run(place, filled, name, Path(directory, f"{turn}-{name}")))
    seconds = {name: statistics.median(run["seconds"] for run in each) for name, each in runs.items()}
    rows = [
        [
            runs[name][0]["title"],
            f"{seconds[name]:.2f} s",
            f"{NUMBER / seconds[name]:,.0f}",
            f"{seconds[name] / seconds['safelight']:.2f}x",
            f"{statistics.median(run['cpu_seconds'] for run in runs[name]):.2f} s",
        ]
        for name in sorted(runs, key=lambda name: seconds[name])
    ]
    head = ["", "median", "objects/s", "time against ours", "its CPU"]
    return Table(f"provider-{provider}", head, rows)


def _run(place: Place, filled: Filled, name: str, target: Path) -> dict[str, Any]:
    os.sync()
    result = place.run(
        "provider_contenders",
        name,
        filled.root,
        str(NUMBER),
        str(target),
        FIFTYONE_MEDIA_CACHE_DIR=str(target),
        **filled.environment,
    )
    found = [path.stat().st_size for path in target.rglob("*.bin")]
    if found != [SIZE] * NUMBER:
        raise RuntimeError(f"{name} brought {len(found)} files")
    return result
