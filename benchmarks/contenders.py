"""Who downloads, each in a process of its own: `... benchmarks.contenders NAME PREFIX NUMBER DIRECTORY`.

The time is from the first call to the last file; starting Python and importing is not in it (for s5cmd, a
static binary, its whole life is). Every contender has its own defaults, except where its title says
something else.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BUCKET: Final = "bench"


@dataclass(frozen=True)
class Work:
    """What to download and where to."""

    prefix: str
    number: int
    target: Path

    @property
    def keys(self) -> list[str]:
        return [f"{self.prefix}/{i:05}.bin" for i in range(self.number)]


Download = Callable[[], object]


def safelight(work: Work) -> Download:
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    runtime.files.isfile(f"s3://{BUCKET}/nothing")  # opens the store, as others make their client
    cache = runtime.cache
    return lambda: cache.download([f"s3://{BUCKET}/{key}" for key in work.keys], skip_failures=False)


def boto3_threads(work: Work) -> Download:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3", endpoint_url=os.environ["S3_ENDPOINT_URL"], config=Config(max_pool_connections=16)
    )

    def get(key: str) -> None:
        client.download_file(BUCKET, key, str(work.target / key))

    def run() -> None:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(get, work.keys))

    return run


def s3fs_get(work: Work) -> Download:
    import s3fs

    system = s3fs.S3FileSystem(endpoint_url=os.environ["S3_ENDPOINT_URL"])
    sources = [f"{BUCKET}/{key}" for key in work.keys]
    targets = [str(work.target / key) for key in work.keys]
    return lambda: system.get(sources, targets)


def bare_obstore(work: Work) -> Download:
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        BUCKET,
        endpoint=os.environ["S3_ENDPOINT_URL"],
        region="us-east-1",
        client_options={"allow_http": True},
    )

    async def get(keys: Any) -> None:
        for key in keys:
            response = await obstore.get_async(store, key)
            with (work.target / key).open("wb", buffering=0) as file:
                file.write(await response.bytes_async())

    async def run() -> None:
        keys = iter(work.keys)
        await asyncio.gather(*(get(keys) for _ in range(16)))

    return lambda: asyncio.run(run())


def s5cmd(work: Work) -> Download:
    source = f"s3://{BUCKET}/{work.prefix}/*"
    command = ["s5cmd", "--endpoint-url", os.environ["S3_ENDPOINT_URL"], "cp", source, f"{work.target}/"]
    program = str(Path(sys.executable).with_name("s5cmd"))
    return lambda: subprocess.run([program, *command[1:]], stdout=subprocess.DEVNULL, check=True)


@dataclass(frozen=True)
class Contender:
    """One way to download; `prepare` imports and connects, what it returns is measured."""

    title: str
    prepare: Callable[[Work], Download]


CONTENDERS: Final = {
    "safelight": Contender("**Safelight** media cache", safelight),
    "s5cmd": Contender("s5cmd", s5cmd),
    "obstore": Contender("bare obstore, 16 at a time, nothing verified", bare_obstore),
    "s3fs": Contender("s3fs `get`", s3fs_get),
    "boto3": Contender("boto3 `download_file`, 16 threads", boto3_threads),
}


def main(name: str, prefix: str, number: str, target: str) -> None:
    work = Work(prefix, int(number), Path(target))
    if name != "safelight":
        (work.target / prefix).mkdir(parents=True)
    download = CONTENDERS[name].prepare(work)
    memory, cpu, started = _peak_memory(), _cpu_seconds(), time.perf_counter()
    download()
    seconds = time.perf_counter() - started
    growth = {"seconds": seconds, "cpu_seconds": _cpu_seconds() - cpu, "memory": _peak_memory() - memory}
    print(json.dumps(growth), flush=True)
    # obstore 0.12.1 sometimes aborts while Python ends: that is not what is measured.
    os._exit(0)


def _peak_memory() -> int:
    """Bytes; not `ru_maxrss`, which survives exec and so begins with the peak of whoever started us."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _cpu_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


if __name__ == "__main__":
    main(*sys.argv[1:])
