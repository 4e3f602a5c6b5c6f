"""FiftyOne's App on a free port of this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from safelight_server.quickstart.ports import find_free_port
from support import app_session


@dataclass(frozen=True)
class App:
    """A running App.

    Attributes:
        url: `http://127.0.0.1:PORT`
    """

    url: str

    def grid(self, dataset: Any, base: str | None = None) -> str:
        """The page with a dataset's grid.

        Args:
            dataset: it
            base: where the App is for the browser; default: `url`
        """
        return f"{base or self.url}/datasets/{dataset.name}"

    def sample(self, dataset: Any, sample: Any) -> str:
        """The page with one sample, large."""
        return f"{self.grid(dataset)}?{urlencode({'id': sample.id})}"


@contextmanager
def running_app(environment: Mapping[str, str]) -> Iterator[App]:
    """Launch the App in a process of its own.

    Args:
        environment: all variables of that process
    """
    port = find_free_port()
    process = subprocess.Popen(
        [sys.executable, app_session.__file__, str(port)],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == "ready":
                break
        else:
            raise AssertionError("the App's process ended before the App answered")
        yield App(f"http://127.0.0.1:{port}")
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)
