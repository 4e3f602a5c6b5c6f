"""`safelight tunnel`, as somebody runs it in a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tunnel_program(url: str, key: str, directory: Path) -> Iterator[str]:
    """The address that it prints; ended with Ctrl-C, after which nothing may be left.

    Args:
        url: of the API server
        key: of whoever runs it
        directory: for its temporary files
    """
    environment = {"FIFTYONE_API_URI": url, "FIFTYONE_API_KEY": key, "TMPDIR": str(directory)}
    command = [sys.executable, "-m", "safelight.cli", "tunnel"]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
    assert list(directory.iterdir()) == []
