"""Headings, times, and commands whose output people see."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Command = Sequence[str | Path]

_STARTED = time.monotonic()


class StepFailedError(Exception):
    """A command of the demo failed; its own words were shown."""


@contextmanager
def step(heading: str) -> Iterator[None]:
    """A heading, and how long what follows took."""
    print(f"\n── {heading} {'─' * max(3, 90 - len(heading))}", flush=True)
    begin = time.monotonic()
    yield
    now = time.monotonic()
    print(f"   ({now - begin:.1f} s; {now - _STARTED:.0f} s since the start)", flush=True)


def run(command: Command, environment: Mapping[str, str] | None = None, shown: str = "") -> None:
    """Run a command in the open.

    Args:
        command: the program and its arguments
        environment: the whole environment of the process; None: ours
        shown: how it is printed; as it is, by default

    Raises:
        StepFailedError: its exit status is not 0
    """
    words = [str(word) for word in command]
    print(f"$ {shown or ' '.join(words)}", flush=True)
    status = subprocess.run(words, env=environment, check=False).returncode  # noqa: S603 - commands of the demo
    if status != 0:
        raise StepFailedError(f"`{shown or words[0]}` failed with exit status {status}")


def output_of(command: Command, environment: Mapping[str, str], shown: str) -> str:
    """Run a command in the open, and return what it prints, which is shown too.

    Raises:
        StepFailedError: its exit status is not 0
    """
    print(f"$ {shown}", flush=True)
    words = [str(word) for word in command]
    done = subprocess.run(  # noqa: S603 - commands of the demo
        words, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        raise StepFailedError(f"`{shown}` failed with exit status {done.returncode}")
    return done.stdout


def succeeds(command: Command, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a command ends with exit status 0; what it says is not shown."""
    words = [str(word) for word in command]
    done = subprocess.run(  # noqa: S603 - commands of the demo
        words, env=environment, capture_output=True, check=False
    )
    return done.returncode == 0


def tell(text: str) -> None:
    """Say something to the person who watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
