"""Package managers of certain versions, each in an environment of its own, and where they are let loose."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from uv import find_uv_bin

from support.environment import machine_environment

_INSPECT = """
import importlib.metadata, json
print(json.dumps({d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}))
"""


class ToolBox:
    """Environments with programs in them, made when they are first asked for.

    Args:
        directory: where they are kept
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def programs(self, *requirements: str) -> Path:
        """The `bin` directory of an environment that has these requirements."""
        environment = self._directory / re.sub(r"[^a-z0-9]+", "-", "-".join(requirements))
        if not environment.exists():
            make_environment(environment, *requirements)
        return environment / "bin"


def make_environment(directory: Path, *requirements: str) -> None:
    """Make an environment of our own Python and install requirements, with the machine's own settings."""
    _uv("venv", "--python", sys.executable, str(directory))
    if requirements:
        _uv("pip", "install", "--python", str(directory / "bin" / "python"), *requirements)


def _uv(*arguments: str) -> None:
    command = [find_uv_bin(), *arguments, "--quiet"]
    subprocess.run(command, env=machine_environment(), check=True, capture_output=True)


@dataclass
class Sandbox:
    """A project directory with an environment of its own, and nothing of the machine's settings.

    Attributes:
        directory: the working directory of every command
        programs: directories of programs, before the system's
        variables: what commands see beside PATH and HOME
    """

    directory: Path
    programs: list[Path] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.directory / ".venv" / "bin" / "python"

    def make_environment(self, *requirements: str) -> None:
        """Make the project's environment, and put it first on PATH."""
        make_environment(self.directory / ".venv", *requirements)
        self.programs.insert(0, self.python.parent)
        self.variables["VIRTUAL_ENV"] = str(self.directory / ".venv")

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script; its output, both streams together, is in `stdout`."""
        path = os.pathsep.join(
            [*map(str, self.programs), str(Path(find_uv_bin()).parent), "/usr/bin", "/bin"]
        )
        environment = {"PATH": path, "HOME": str(self.directory / "home"), "LANG": "C.UTF-8"}
        (self.directory / "home").mkdir(exist_ok=True)
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.directory,
            env=environment | self.variables | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )

    def run_well(self, script: str, **variables: str) -> str:
        """Run a script that must succeed; return its output."""
        done = self.run(script, **variables)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def run_badly(self, script: str, **variables: str) -> str:
        """Run a script that must fail; return its output."""
        done = self.run(script, **variables)
        assert done.returncode != 0, done.stdout
        return done.stdout

    def installed(self) -> dict[str, str]:
        """Versions of the environment's distributions by their names in lower case."""
        done = subprocess.run([self.python, "-c", _INSPECT], check=True, capture_output=True, text=True)
        found: dict[str, str] = json.loads(done.stdout)
        return found

    def origin(self) -> str:
        """Where the installed fiftyone says that it comes from."""
        code = "import fiftyone; print(fiftyone.ORIGIN)"
        done = subprocess.run([self.python, "-c", code], check=True, capture_output=True, text=True)
        return done.stdout.strip()
