"""Upstream's own tests with ours against stock: what passes on stock must pass on ours.

    PYTHONPATH=tests python -m upstream.compare CHECKOUT/tests/unittests [--rounds 2] [--api] [--each-off]
        [-- ARGUMENTS OF PYTEST]

Upstream's tests are in none of its packages, and not in this repository: give a checkout of upstream, best of
the version that is installed. The sides take turns, and how long each takes is compared too. The environment
must have Safelight enabled (`safelight dropin enable`, or our build of `fiftyone`) and what upstream's tests
import. The database is that of `FIFTYONE_DATABASE_URI`; one is started where it is not set. `--api` also runs
the tests through an API connection, as an admin; `--off NAME` with that patch switched off, `--each-off` with
each, one by one. Exit status 1 when a test is lost, 2 when there is nothing to compare.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.dropin import targets
from safelight.dropin.installation import Installation
from support.api_server import api_in_process, api_settings
from upstream.outcomes import Comparison, Outcomes, read_outcomes


@dataclass(frozen=True)
class Run:
    """One run of all tests.

    Attributes:
        outcomes: how each test ended
        seconds: how long all of them took, with the start of the interpreter
    """

    outcomes: Outcomes
    seconds: float


@dataclass(frozen=True)
class Runner:
    """Runs upstream's tests, each time with a home directory and a database of its own.

    Args:
        tests: file or directory that pytest is given
        directory: for reports, logs and home directories
        database_uri: of a MongoDB server
        arguments: further arguments of pytest
    """

    tests: Path
    directory: Path
    database_uri: str
    arguments: Sequence[str] = ()

    def run(self, name: str, switches: Mapping[str, str]) -> Run:
        """Run all tests once, with some environment variables of Safelight."""
        home = self.directory / name
        home.mkdir(parents=True)
        report = self.directory / f"{name}.xml"
        began = time.perf_counter()
        with (self.directory / f"{name}.log").open("wb") as log:
            subprocess.run(
                self._command(report),
                env=self._environment(home, switches),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,  # failing tests are what we look for
            )
        seconds = time.perf_counter() - began
        sys.stdout.write(f"{name}: {seconds:.0f} s\n")
        sys.stdout.flush()
        return Run(read_outcomes(report), seconds)

    def _command(self, report: Path) -> list[str]:
        root = self.tests if self.tests.is_dir() else self.tests.parent
        options = ["-p", "no:cacheprovider", "-o", "python_files=*test*.py"]
        # A module whose own imports are not installed is one lost test, on every side.
        options += [f"--rootdir={root}", f"--junitxml={report}", "--continue-on-collection-errors"]
        return [sys.executable, "-m", "pytest", str(self.tests), *options, *self.arguments]

    def _environment(self, home: Path, switches: Mapping[str, str]) -> dict[str, str]:
        variables = os.environ | {
            "HOME": str(home),
            "PYTHONPATH": "",  # our test modules are not for upstream's tests to find
            "FIFTYONE_DATABASE_URI": self.database_uri,
            "FIFTYONE_DATABASE_NAME": f"upstream_tests_{home.name}",
            "FIFTYONE_DO_NOT_TRACK": "true",
            "PYTHONHASHSEED": "0",
            "SAFELIGHT_DISABLE": "",
            **switches,
        }
        return {variable: value for variable, value in variables.items() if value}


@contextmanager
def _database(directory: Path) -> Iterator[str]:
    uri = os.environ.get("FIFTYONE_DATABASE_URI")
    if uri:
        yield uri
        return
    from safelight_server.quickstart.mongod import Mongod

    mongod = Mongod(directory / "mongod")
    mongod.start()
    try:
        mongod.wait_until_ready()
        yield mongod.uri
    finally:
        mongod.stop()


def _through_api(runner: Runner, name: str) -> Run:
    with api_in_process(api_settings(runner.database_uri)) as api:
        connection = {"FIFTYONE_API_URI": api.url, "FIFTYONE_API_KEY": api.admin_key}
        return runner.run(name, connection | {"FIFTYONE_DATABASE_URI": "", "FIFTYONE_DATABASE_NAME": ""})


_SIDES: Final[dict[str, Callable[[Runner, str], Run]]] = {
    "stock": lambda runner, name: runner.run(name, {"SAFELIGHT_DISABLE": "1"}),
    "ours": lambda runner, name: runner.run(name, {}),
    "api": _through_api,
}


def _take_turns(runner: Runner, sides: Sequence[str], rounds: int) -> dict[str, list[Run]]:
    """The runs of each side; each round begins with another side, so a busy machine is everybody's burden."""
    runs = defaultdict(list)
    for number in range(rounds):
        first = number % len(sides)
        for side in (*sides[first:], *sides[:first]):
            runs[side].append(_SIDES[side](runner, f"{side}{number}"))
    return runs


def _without(runner: Runner, patch: str) -> list[Run]:
    return [runner.run(f"off_{patch}", {"SAFELIGHT_DISABLE_PATCHES": patch})]


def _compare(runner: Runner, rounds: int, off: Sequence[str], *, api: bool) -> int:
    """Run the tests on all sides, and print how each ends; the exit status."""
    runs = _take_turns(runner, ["stock", "ours", *(["api"] if api else [])], rounds)
    stock = [run.outcomes for run in runs["stock"]]
    lost = _report("ours", stock, runs["ours"])
    sys.stdout.writelines(f"unsteady with stock: {name}\n" for name in Comparison(stock, []).unsteady)
    if api:
        lost |= _report("through the API", stock, runs["api"])
    for name in off:
        lost |= _report(f"without {name}", stock, _without(runner, name))
    sys.stdout.writelines(_durations(runs))
    sys.stdout.write(f"Reports and logs: {runner.directory}\n")
    if not Comparison(stock, []).counted:
        sys.stdout.write("No test passes with stock: stock0.log says why.\n")
        return 2
    return 1 if lost else 0


def _report(title: str, stock: Sequence[Outcomes], runs: Sequence[Run]) -> bool:
    """Print what one side loses; whether it loses anything."""
    comparison = Comparison(stock, [run.outcomes for run in runs])
    every, lost = len(stock[0]), comparison.lost
    sys.stdout.writelines(f"LOST {name}: {', '.join(outcomes)}\n" for name, outcomes in lost.items())
    sys.stdout.write(
        f"{title}: {len(comparison.counted)} of {every} tests pass with stock; {len(lost)} are lost.\n"
    )
    sys.stdout.flush()
    return bool(lost)


def _durations(runs: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """The median time of each side, and how it compares with ours, round by round."""
    for side, own in runs.items():
        ratios = [run.seconds / ours.seconds for run, ours in zip(own, runs["ours"], strict=True)]
        median = statistics.median(run.seconds for run in own)
        yield f"{side}: {median:.0f} s, {statistics.median(ratios):.2f} of ours\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; the exit status."""
    own, for_pytest = _divided(list(sys.argv[1:] if arguments is None else arguments))
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="What follows -- is for pytest.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tests", type=Path, help="directory or file of upstream's tests")
    parser.add_argument("--rounds", type=int, default=2, help="runs on each side (default: 2)")
    parser.add_argument("--api", action="store_true", help="also through an API connection")
    parser.add_argument("--each-off", action="store_true", help="also with each patch off by itself")
    parser.add_argument("--off", action="append", default=[], metavar="NAME", help="also with this patch off")
    parser.add_argument("--directory", type=Path, help="for reports and logs (default: a new temporary one)")
    options = parser.parse_args(own)
    if not Installation.inspect().is_active:
        parser.error("this would compare stock with stock: `safelight dropin enable` comes first")
    directory = (options.directory or Path(tempfile.mkdtemp(prefix="upstream-tests-"))).resolve()
    off = [patch.name for patch in targets.ALL] if options.each_off else options.off
    with _database(directory) as uri:
        runner = Runner(options.tests.resolve(), directory, uri, for_pytest)
        return _compare(runner, options.rounds, off, api=options.api)


def _divided(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first `--`, and what after; argparse takes it for its own between options."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    sys.exit(main())
