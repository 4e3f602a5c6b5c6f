"""Recipes of the guides, as the reader pastes them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

GUIDES: Final = Path(__file__).parents[2] / "docs" / "guides"
GUIDE: Final = GUIDES / "install.md"
CREDENTIALS: Final = GUIDES / "cloud-credentials.md"
_RECIPE = re.compile(r"^<!-- recipe: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

_READ = """
import sys
from safelight.runtime import get_runtime
sys.stdout.write(get_runtime().files.read_bytes(sys.argv[1]).decode())
"""


def recipes(guide: Path = GUIDE) -> dict[str, str]:
    """Every recipe of a guide by its name."""
    return {match["name"]: match["text"] for match in _RECIPE.finditer(guide.read_text(encoding="utf-8"))}


def recipe(name: str, *, host: str, version: str) -> str:
    """One recipe of the install guide, with the reader's own host (and port) and version."""
    text = recipes()[name]
    # A .netrc knows machines, not ports.
    text = text.replace("machine pypi.example.com", f"machine {host.partition(':')[0]}")
    return text.replace("pypi.example.com", host).replace("X.Y.Z", version)


def credentials_recipe(name: str, replacements: Mapping[str, str]) -> str:
    """One recipe of the page on credentials, with the reader's own values in the places of the page's.

    Raises:
        KeyError: there is no such recipe
        ValueError: it does not contain what is to be replaced
    """
    text = recipes(CREDENTIALS)[name]
    for theirs, ours in replacements.items():
        if theirs not in text:
            raise ValueError(f"the recipe {name!r} does not say {theirs!r}")
        text = text.replace(theirs, ours)
    return text


def run_in_shell(script: str, environment: Mapping[str, str] | None = None) -> str:
    """Run lines of a guide in a new shell in which `safelight` and `python` are this environment's.

    Args:
        script: the lines
        environment: variables beside those of this process

    Returns:
        what it printed

    Raises:
        AssertionError: it failed; says what it printed
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script],
        env={**os.environ, "PATH": path, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def read_after(script: str, address: str, environment: Mapping[str, str] | None = None) -> str:
    """Run lines of a guide, then read an object as a script would; returns its text."""
    read = f"python -c {shlex.quote(_READ)} {shlex.quote(address)}"
    with TemporaryDirectory() as cache:  # what an earlier reader cached would prove nothing
        fresh = {"FIFTYONE_MEDIA_CACHE_DIR": cache}
        return run_in_shell(f"{script}\n{read}", {**(environment or {}), **fresh})
