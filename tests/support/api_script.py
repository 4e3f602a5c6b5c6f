"""A FiftyOne script of a user with an API connection, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def run_script(source: str, directory: Path, environment: Mapping[str, str], expect: int = 0) -> str:
    """Run it, and return what it printed.

    Args:
        source: its text, indented or not
        directory: where it is written
        environment: `FIFTYONE_API_URI`, `FIFTYONE_API_KEY`, and whatever else it needs
        expect: its exit code
    """
    file = directory / "script.py"
    file.write_text(dedent(source))
    inherited = {name: value for name, value in os.environ.items() if name != "FIFTYONE_DATABASE_URI"}
    done = subprocess.run(
        [sys.executable, str(file)],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr
