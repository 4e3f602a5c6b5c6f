"""A team around one server: people with API keys, and a FiftyOne that acts for anybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.api_server import Person, RunningApi

TESTS = Path(__file__).parents[1]


@dataclass
class Worker:
    """A FiftyOne process; see `fiftyone_worker`."""

    process: subprocess.Popen[str]

    def act(self, person: Person, action: str, name: str) -> str | None:
        """Let somebody do something with a dataset; what went wrong, or None."""
        assert self.process.stdin
        assert self.process.stdout
        print(
            json.dumps({"key": person.key, "action": action, "name": name}),
            file=self.process.stdin,
            flush=True,
        )
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        error = answer["error"]
        assert error is None or isinstance(error, str)
        return error


@contextmanager
def fiftyone_worker(api: RunningApi, log: Path) -> Iterator[Worker]:
    """A process whose FiftyOne is connected to the server."""
    environment = {name: value for name, value in os.environ.items() if name != "FIFTYONE_DATABASE_URI"}
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "support.fiftyone_worker"],
            env={**environment, "FIFTYONE_API_URI": api.url, "FIFTYONE_API_KEY": api.admin_key},
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield Worker(process)
        finally:
            process.kill()
            process.communicate()
