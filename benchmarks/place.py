"""Where everything is measured: one directory, one object store, one database, all of this run's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from safelight_server.quickstart.mongod import Mongod
from safelight_server.quickstart.mongod_binary import default_cache_directory, find_mongod
from safelight_server.quickstart.seaweedfs import ALL_ACTIONS, Identity, SeaweedFS
from safelight_server.quickstart.service import Service

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY: Final = "benchkey"
SECRET_KEY: Final = "benchsecret"
BUCKET: Final = "bench"

S = TypeVar("S", bound=Service)
T = TypeVar("T")

_SCRUBBED: Final = ("AWS_", "AZURE_", "FIFTYONE_", "S3_", "SAFELIGHT_")


def in_turn(contenders: Iterable[T], turn: int) -> list[T]:
    """The order of one round: each begins in turn, so what one leaves to the next is everybody's burden."""
    order = list(contenders)
    first = turn % len(order)
    return order[first:] + order[:first]


@dataclass(frozen=True)
class Worker:
    """A process that reads what to do, a line each, and answers with the seconds that it took."""

    process: subprocess.Popen[str]

    def ask(self, what: str) -> float:
        """Have it done, and wait until it is."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline():
            with suppress(ValueError):  # libraries print, too
                return float(line)
        raise RuntimeError(f"{self.process.args!r} ended")


@dataclass
class Place:
    """The surroundings of all measurements.

    Attributes:
        directory: everything is written below it
    """

    directory: Path
    _services: list[Service] = field(default_factory=list)

    @cached_property
    def store(self) -> SeaweedFS:
        """The object store, started when it is first needed, with an empty bucket."""
        identity = Identity("bench", ALL_ACTIONS, ACCESS_KEY, SECRET_KEY)
        return self._started(SeaweedFS(self.directory / "s3", [identity]))

    @cached_property
    def database(self) -> Mongod:
        """The database, started when it is first needed."""
        return self._started(Mongod(self.directory / "mongod", binary=find_mongod(default_cache_directory())))

    def new_bucket(self, name: str) -> S3Client:
        """Make a bucket in the object store, and return a client that can fill it."""
        import boto3

        client = boto3.client(
            "s3",
            endpoint_url=self.store.endpoint_url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=name)
        return client

    def run(self, module: str, *arguments: str, **environ: str) -> dict[str, Any]:
        """Run `python -m benchmarks.<module>` in a process of its own, and return the JSON that it prints."""
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module}", *arguments],
            env=self.environment | environ,
            stdout=subprocess.PIPE,
            check=True,
        )
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result

    @contextmanager
    def worker(self, module: str, *arguments: str, **environ: str) -> Iterator[Worker]:
        """`python -m benchmarks.<module>` as a process that does what it is asked, until the end."""
        with subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{module}", *arguments],
            env=self.environment | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield Worker(process)

    @property
    def environment(self) -> dict[str, str]:
        """What contenders are started with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SCRUBBED)}
        return kept | {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "FIFTYONE_DO_NOT_TRACK": "true",
            "FIFTYONE_MEDIA_CACHE_DIR": str(self.directory / "cache"),
            "HOME": str(self.directory),
        }

    def close(self) -> None:
        for service in self._services:
            service.kill()

    def _started(self, service: S) -> S:
        self._services.append(service)
        service.start()
        service.wait_until_ready()
        return service
