"""Who downloads from a provider, each in a process of its own.

    python -m benchmarks.provider_contenders NAME ROOT NUMBER DIRECTORY

As in `benchmarks.contenders`, the time is from the first call to the last file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

THREADS: Final = 16

Prepare = Callable[[str, list[str], Path], Callable[[], object]]


def safelight(root: str, names: list[str], _: Path) -> Callable[[], object]:
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    runtime.files.isfile(f"{root}/nothing")  # opens the store, as the other makes its client
    cache = runtime.cache
    return lambda: cache.download([f"{root}/{name}" for name in names], skip_failures=False)


def azure(root: str, names: list[str], target: Path) -> Callable[[], object]:
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.storage.blob import ContainerClient

    account, key = os.environ["AZURE_STORAGE_ACCOUNT"], os.environ["AZURE_STORAGE_KEY"]
    container = ContainerClient(
        os.environ["AZURE_STORAGE_ACCOUNT_URL"],
        root.partition("://")[2],
        AzureNamedKeyCredential(account, key),
    )
    target.mkdir()

    def get(name: str) -> None:
        with (target / name).open("wb") as file:
            container.download_blob(name).readinto(file)

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(get, names))

    return run


def gcs(root: str, names: list[str], target: Path) -> Callable[[], object]:
    from google.cloud.storage import Client

    bucket = Client().bucket(root.partition("://")[2])
    target.mkdir()

    def get(name: str) -> None:
        bucket.blob(name).download_to_filename(target / name)

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(get, names))

    return run


CONTENDERS: Final[dict[str, tuple[str, Prepare]]] = {
    "safelight": ("**Safelight** media cache", safelight),
    "azure": (f"azure-storage-blob `download_blob`, {THREADS} threads", azure),
    "gcs": (f"google-cloud-storage `download_to_filename`, {THREADS} threads", gcs),
}


def main(name: str, root: str, number: str, target: str) -> None:
    title, prepare = CONTENDERS[name]
    download = prepare(root, [f"{i:05}.bin" for i in range(int(number))], Path(target))
    cpu, started = _cpu_seconds(), time.perf_counter()
    download()
    seconds = time.perf_counter() - started
    print(json.dumps({"title": title, "seconds": seconds, "cpu_seconds": _cpu_seconds() - cpu}), flush=True)


def _cpu_seconds() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


if __name__ == "__main__":
    main(*sys.argv[1:])
