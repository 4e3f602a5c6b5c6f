"""`python -m demo`: from nothing to a dataset in S3, as a new member of a team would see it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import venv
from pathlib import Path
from typing import Any

from demo.step import Command, StepFailedError, run, step, succeeds, tell
from demo.team import Team

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "demo" / "scripts"
NOTEBOOK = ROOT / "notebooks" / "first-look.ipynb"
_SERVER = Path(sys.executable).parent / "safelight-server"
# Beside FiftyOne, what runs notebooks without a browser.
_NOTEBOOK_PACKAGES = ("ipykernel", "nbclient")


class Demo:
    """The steps, and what they leave in one directory.

    Args:
        directory: the stack, a virtual environment and a media cache go here
        quickstart_options: more arguments for `safelight-server quickstart`
    """

    def __init__(self, directory: Path, quickstart_options: list[str]) -> None:
        self._stack_directory = directory / "stack"
        self._venv = directory / "venv"
        self._cache = directory / "media-cache"
        self._newcomer_home = directory / "lin"
        self._executed = directory / NOTEBOOK.name
        self._quickstart_options = quickstart_options

    def run(self) -> None:
        """All of it, in order."""
        with step("1. The stack: MongoDB, an S3 store, a package index with our fiftyone in it"):
            self._start_stack()
        stack = json.loads((self._stack_directory / "stack.json").read_text())
        with step("2. A fresh virtual environment installs it, as documented"):
            self._install(stack)
        environment = self._environment()
        self._team = Team(self._newcomer_home, self._venv / "bin" / "safelight", environment)
        photographs = f"s3://{stack['s3']['bucket']}/photographs"
        python = self._venv / "bin" / "python"
        with step("3. Real photographs go into the bucket"):
            run([python, SCRIPTS / "photographs.py", photographs], environment)
        with step("4. A plain FiftyOne script works on them where they are"):
            run([python, SCRIPTS / "first_look.py", photographs], environment)
        with step("5. Somebody else joins the team, may look at the dataset, and does"):
            self._team.join(stack)
            self._team.share("first-look")
            run([python, SCRIPTS / "second_look.py"], self._team.environment_of_newcomer())
        with step("6. The first notebook runs against the same stack"):
            self._run_notebook(python, environment)
        self._tell_what_next()

    def _start_stack(self) -> None:
        if succeeds([_SERVER, "status", "--state-dir", self._stack_directory]):
            # Started again, so that what is installed below is built from the code as it is now.
            run([_SERVER, "stop", "--state-dir", self._stack_directory])
        quickstart: Command = [_SERVER, "quickstart", "--detach", "--state-dir", self._stack_directory]
        run([*quickstart, *self._quickstart_options])

    def _install(self, stack: dict[str, Any]) -> None:
        venv.create(self._venv, clear=True, with_pip=True)
        host = stack["index_url"].removeprefix("http://")
        index_url = f"http://{stack['index_token']}@{host}"
        pip: Command = [self._venv / "bin" / "python", "-m", "pip", "install", "--quiet"]
        shown = f"pip install --index-url http://${{TOKEN}}@{host} fiftyone"
        run([*pip, "--index-url", index_url, "fiftyone"], shown=shown)
        run([*pip, *_NOTEBOOK_PACKAGES], shown=f"pip install {' '.join(_NOTEBOOK_PACKAGES)}")
        run([self._venv / "bin" / "fiftyone", "--version"], self._environment(), shown="fiftyone --version")

    def _environment(self) -> dict[str, str]:
        """What `. env.sh` gives a shell, and a media cache of the demo's own."""
        environment = {**os.environ, "FIFTYONE_DO_NOT_TRACK": "true"}
        for line in (self._stack_directory / "env.sh").read_text().splitlines():
            if line.startswith("export "):
                name, _equals, value = line.removeprefix("export ").partition("=")
                environment[name] = value.strip("'")
        environment["FIFTYONE_MEDIA_CACHE_DIR"] = str(self._cache)
        environment["PATH"] = f"{self._venv / 'bin'}{os.pathsep}{environment['PATH']}"
        return environment

    def _run_notebook(self, python: Path, environment: dict[str, str]) -> None:
        execute: Command = [python, "-m", "jupyter", "execute", NOTEBOOK, f"--output={self._executed}"]
        run(execute, environment, shown=f"jupyter execute {NOTEBOOK.relative_to(ROOT)}")

    def _tell_what_next(self) -> None:
        env_sh = os.path.relpath(self._stack_directory / "env.sh")
        activate = os.path.relpath(self._venv / "bin" / "activate")
        stack = os.path.relpath(self._stack_directory)
        tell(f"""
All of it worked, and it still runs. What to try next:

  . {activate} && . {env_sh}
  fiftyone datasets list                   # "first-look" is there
  fiftyone app launch first-look           # look at the photographs
  python demo/scripts/first_look.py s3://$SAFELIGHT_BUCKET/photographs

Lin, whom the demo invited, works through the API server with rights of her own, from her home directory
{os.path.relpath(self._newcomer_home)}. To be the first admin: `safelight login`, with admin_api_key of
{stack}/stack.json.

Put your own images under s3://$SAFELIGHT_BUCKET/ with any S3 tool, and point a script of yours at them.
The executed notebook is {os.path.relpath(self._executed)}. Stop the stack (its data stay) with:

  {os.path.relpath(_SERVER)} stop --state-dir {stack}
""")


def main() -> int:
    """Run the demo; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--state-dir", type=Path, default=Path(".demo"), metavar="DIR", help="default: .demo")
    arguments, quickstart_options = parser.parse_known_args()
    try:
        Demo(arguments.state_dir.absolute(), quickstart_options).run()
    except StepFailedError as error:
        tell(f"\nThe demo stopped: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
