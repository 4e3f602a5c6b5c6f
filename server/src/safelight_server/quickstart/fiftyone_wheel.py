"""The freshly built `fiftyone`, in the index.

Builds are reproducible, so the bytes tell whether anything has changed since the last one: when it has, the
build number N of the version `X.Y.Z+safelight.N` goes up, because published bytes never change.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from safelight_server.quickstart.errors import QuickstartError
from safelight_server.quickstart.index import IndexServer
from safelight_server.quickstart.programs import find_program

PROJECT = "fiftyone"
_BUILD_NUMBER = re.compile(r"\+safelight\.(\d+)-")
_LINES_SHOWN = 12


def publish_wheel(index: IndexServer, wheel: Path, token: str) -> bool:
    """Publish a wheel, unless the index has these very bytes already; return whether it was published."""
    if index.files(PROJECT, token).get(wheel.name) == _sha256(wheel):
        return False
    index.publish(wheel)
    return True


def publish_build(index: IndexServer, token: str, dist: Path, say: Callable[[str], None]) -> None:
    """Build `fiftyone` and publish it, when it differs from the newest build that the index has.

    Args:
        index: where to, answering
        token: reads from it
        dist: folder for the wheels
        say: tells people what happens

    Raises:
        QuickstartError: the build failed and the index has no earlier one
    """
    published = index.files(PROJECT, token)
    newest = max((_build_number(name) for name in published), default=0)
    try:
        wheel = build_wheel(dist, max(newest, 1))
        if wheel.name in published and published[wheel.name] != _sha256(wheel):
            wheel = build_wheel(dist, newest + 1)
    except QuickstartError as error:
        if not newest:
            raise
        say(f"{error}\nGoing on with the {PROJECT} that the index already has.")
        return
    done = publish_wheel(index, wheel, token)
    say(f"{'Built and published' if done else 'Unchanged in the index:'} {wheel.name}")


def build_wheel(dist: Path, build: int) -> Path:
    """Run `safelight build-fiftyone`, and return the wheel.

    Raises:
        QuickstartError: with the last lines of what it said
    """
    command = [find_program("safelight"), "build-fiftyone", "--build", str(build), "--output", str(dist)]
    done = subprocess.run(  # noqa: S603 - a program of ours with arguments of ours
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    built = list(dist.glob(f"{PROJECT}-*+safelight.{build}-*.whl"))
    if done.returncode != 0 or not built:
        last = "\n".join(f"  | {line}" for line in done.stdout.splitlines()[-_LINES_SHOWN:])
        raise QuickstartError(f"building {PROJECT} failed:\n{last}")
    return max(built, key=lambda path: path.stat().st_mtime)


def _build_number(filename: str) -> int:
    found = _BUILD_NUMBER.search(filename)
    return int(found[1]) if found else 0


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
