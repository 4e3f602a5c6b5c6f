"""Wheels that tests make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Protocol

from support.environment import machine_environment


class MakeUpstream(Protocol):
    """Writes a wheel like upstream's.

    `changes` replaces files, or removes those of value None; `DIST_INFO` stands for the metadata directory.
    """

    def __call__(
        self, version: str = ..., tag: str = ..., changes: dict[str, str | None] | None = ...
    ) -> Path: ...


def download_wheel(requirement: str, directory: Path) -> Path:
    """Fetch one wheel, without what it needs, with pip as this machine has it set up."""
    before = set(directory.glob("*.whl"))
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, "--dest", directory, requirement],
        check=True,
        env=machine_environment(),
        stderr=subprocess.DEVNULL,
    )
    [wheel] = set(directory.glob("*.whl")) - before
    return wheel
