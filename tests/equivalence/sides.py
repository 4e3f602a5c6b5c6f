"""The processes whose behaviour is compared: stock, ours, and ours with one patch switched off."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

DOCUMENT_PATCHES: Final = ("dereferencing", "restoring", "validating", "reloading")
"""The patches that make work with documents faster."""


@dataclass(frozen=True)
class Side:
    """A process that plays programs.

    Attributes:
        patches: those that are applied in it
    """

    process: subprocess.Popen[bytes] = field(repr=False)
    patches: list[str] = field(repr=False)

    def send(self, program: Any) -> None:
        """Let it begin; `receive` waits for the end."""
        assert self.process.stdin
        pickle.dump(program, self.process.stdin)
        self.process.stdin.flush()

    def receive(self) -> list[str]:
        """What the program did, as lines of JSON."""
        return json.dumps(_load(self.process), indent=1).splitlines()


def _load(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdout
    return pickle.load(process.stdout)


@contextmanager
def sides(uri: str, directory: Path) -> Iterator[dict[str, Side]]:
    """All sides, by name; each has a database of its own on the same server."""
    switches = {"stock": {"SAFELIGHT_DISABLE": "1"}, "ours": {}}
    switches |= {f"without {name}": {"SAFELIGHT_DISABLE_PATCHES": name} for name in DOCUMENT_PATCHES}
    with ExitStack() as stack:
        processes = {}
        for number, (name, environment) in enumerate(switches.items()):
            log = stack.enter_context((directory / f"{number}.log").open("wb"))
            process = _start(uri, f"equivalence_{number}", environment, log)
            stack.callback(_end, process)
            processes[name] = process
        yield {name: Side(process, _load(process)) for name, process in processes.items()}


def _start(uri: str, database: str, environment: dict[str, str], log: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "equivalence.player"],
        env=os.environ
        | {
            "FIFTYONE_DATABASE_URI": uri,
            "FIFTYONE_DATABASE_NAME": database,
            "FIFTYONE_DEFAULT_BATCHER": "static",  # else time decides what was added before the first mistake
            "FIFTYONE_SHOW_PROGRESS_BARS": "false",
            "PYTHONHASHSEED": "0",  # upstream stores some fields in the order of a set
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
