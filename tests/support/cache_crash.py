"""Processes that share one media cache and are killed at random moments: run as a program of its own.

    python cache_crash.py SCENARIO.json     prints a Verdict as JSON

It forks its workers, which is much faster than starting them, and so it must never use the cache itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import stat
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import boto3  # noqa: F401 - loaded once, for all workers
import obstore.store  # noqa: F401 - as boto3

from safelight.errors import StoreUnavailableError
from support.cache_rig import CacheRig, content_of
from support.s3_server import S3Server

LIMIT = 1_000_000
GRACE = 0.5
SOON = 3.0
"""Seconds within which somebody evicts what is too much, also while everybody is being killed."""


@dataclass(frozen=True)
class Scenario:
    """What happens.

    Attributes:
        endpoint_url: the S3 store
        bucket: holds the objects
        folder: holds them in the bucket; their content is `content_of` their names
        sizes: of these objects, by key
        directory: the cache is `cache` in it
        kills: how many workers are killed
        seed: of everything random
        locks: False makes every lock of the system a no-op
        vandals: whether the index is damaged all the time
    """

    endpoint_url: str
    bucket: str
    folder: str
    sizes: dict[str, int]
    directory: str
    kills: int
    seed: int
    locks: bool = True
    vandals: bool = False


@dataclass
class Verdict:
    """What became of it.

    Attributes:
        reads: how many files were read to the end by workers
        problems: what must not happen
        idle: most bytes that were there at any time although nobody had used them for a while
        size: bytes in the tree at the end
        temporary: temporary files there at the end
        counted: what the cache believes that it holds at the end
    """

    reads: int = 0
    idle: int = 0
    problems: list[str] = field(default_factory=list)
    size: int = 0
    temporary: int = 0
    counted: int = 0


def rig_of(scenario: Scenario) -> CacheRig:
    return CacheRig(
        S3Server(scenario.endpoint_url), scenario.bucket, scenario.folder, Path(scenario.directory)
    )


def without_locks() -> None:
    """Give every lock to everybody, as some network file systems do."""

    def granted(*_: object) -> int:
        return 0

    setattr(fcntl, "lockf", granted)  # noqa: B010 - mypy knows that functions of a module are final
    setattr(fcntl, "flock", granted)  # noqa: B010 - as above
    setattr(fcntl, "fcntl", granted)  # noqa: B010 - as above


def work(scenario: Scenario, seed: int) -> NoReturn:
    """Use the cache as a training loop and a bulk download would, until somebody kills this process."""
    chance = random.Random(seed)
    if not scenario.locks:
        without_locks()
    rig = rig_of(scenario)
    cache = rig.cache(size_bytes=LIMIT, grace_seconds=GRACE)
    uris = [rig.uri(key) for key in scenario.sizes]
    reads = os.open(f"{scenario.directory}/reads", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        if chance.random() < 0.2:
            cache.download(chance.sample(uris, 8), skip_failures=False)
            continue
        uri = chance.choice(uris)
        asked = time.monotonic()
        path = Path(cache.get_local_path(uri))
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            # Whoever is slower than the grace time may find it evicted again.
            if time.monotonic() - asked < GRACE / 2:
                raise
            continue
        if content != content_of(uri.rpartition("/")[2], scenario.sizes[uri.rpartition("/")[2]]):
            raise AssertionError(f"{path}: {len(content)} bytes are not the object")
        os.write(reads, b".")


def start_worker(scenario: Scenario, seed: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work(scenario, seed)
    except StoreUnavailableError:  # the test store is busy, which is not the cache's fault
        os._exit(0)
    except BaseException:  # noqa: BLE001 - whatever it is belongs into the verdict
        Path(scenario.directory, f"problem-{os.getpid()}").write_text(traceback.format_exc())
        os._exit(1)


def vandalise(index: Path, chance: random.Random) -> None:
    """Damage the index as a careless person or a bad disk would."""
    damages: list[Callable[[], object]] = [
        index.unlink,
        lambda: os.truncate(index, chance.randrange(8192)),
        lambda: index.write_bytes(chance.randbytes(5000)),
        lambda: index.with_name("index.sqlite3-wal").unlink(),
    ]
    with suppress(FileNotFoundError):
        chance.choice(damages)()


def run(scenario: Scenario) -> Verdict:
    chance = random.Random(scenario.seed)
    directory = Path(scenario.directory)
    workers = [start_worker(scenario, chance.getrandbits(64)) for _ in range(4)]
    idle = reads = 0
    for _ in range(scenario.kills):
        time.sleep(chance.uniform(0.01, 0.4))
        reads = wait_for_more(directory / "reads", reads)
        if scenario.vandals and chance.random() < 0.5:
            vandalise(directory / "cache/index.sqlite3", chance)
        idle = max(idle, idle_bytes(directory / "cache/media"))
        place = chance.randrange(4)
        os.kill(workers[place], signal.SIGKILL)
        os.waitpid(workers[place], 0)
        workers[place] = start_worker(scenario, chance.getrandbits(64))
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    return judge(scenario, idle)


def wait_for_more(reads: Path, before: int) -> int:
    """Wait until somebody has read something since the last kill: a busy machine may be slow."""
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        if reads.exists() and reads.stat().st_size > before:
            return reads.stat().st_size
        time.sleep(0.01)
    return before


def idle_bytes(media: Path) -> int:
    """How much is in the tree that the cache might have evicted for a while."""
    total = 0
    for path in media.rglob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        # What a bulk download brings counts as unused from the beginning, one second before the grace time.
        if stat.S_ISREG(status.st_mode) and status.st_atime < time.time() - GRACE - 1 - SOON:
            total += status.st_size
    return total


def judge(scenario: Scenario, idle: int) -> Verdict:
    """Use the cache once more, as the next run would, and look at what is there then."""
    directory = Path(scenario.directory)
    time.sleep(GRACE)
    rig = rig_of(scenario)
    cache = rig.cache(size_bytes=LIMIT, grace_seconds=GRACE)
    uris = [rig.uri(key) for key in list(scenario.sizes)[:5]]
    cache.clear(uris)
    report = cache.download(uris)
    verdict = Verdict((directory / "reads").stat().st_size, idle)
    verdict.problems += [f"the next run: {error}" for error in report.failures.values()]
    verdict.problems += [path.read_text() for path in directory.glob("problem-*")]
    for name, size in rig.media_files().items():
        key = name.rpartition("/")[2]
        verdict.size += size
        if key.startswith(".safelight-"):
            verdict.temporary += 1
        elif Path(directory, "cache/media", name).read_bytes() != content_of(key, scenario.sizes[key]):
            verdict.problems.append(f"{name}: {size} bytes are not the object")
    verdict.counted = cache.stats()["current_size"]
    rig.close()
    return verdict


def main(arguments: list[str]) -> None:
    values: dict[str, Any] = json.loads(Path(arguments[0]).read_text())
    sys.stdout.write(json.dumps(asdict(run(Scenario(**values)))))


if __name__ == "__main__":
    main(sys.argv[1:])
