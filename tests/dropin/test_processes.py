"""Activation in every process that upstream starts, by both doors: the build's line and the `.pth` file."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import support
from support.virtual_environment import SharedEnvironment

SUPPORT = Path(support.__path__[0])


@dataclass(frozen=True)
class Scenario:
    """What the processes of one run said about themselves."""

    records: list[dict[str, Any]]

    def of(self, pattern: str) -> list[dict[str, Any]]:
        """Those whose command line matches."""
        return [record for record in self.records if re.search(pattern, record["process"])]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module", params=["built", "development"])
def scenario(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    directory = tmp_path_factory.mktemp(request.param)
    environment = SharedEnvironment(directory / "venv")
    if request.param == "built":
        environment.install_built_upstream()
    else:
        environment.run("-m", "safelight.cli", "dropin", "enable")
    log = directory / "probe.log"
    environment.run(
        SUPPORT / "upstream_processes.py",
        str(free_port()),
        PYTHONPATH=str(SUPPORT),
        FIFTYONE_MODULE_PATH="process_probe",
        PROCESS_PROBE_LOG=str(log),
        FIFTYONE_DEFAULT_APP_ADDRESS="127.0.0.1",
    )
    return Scenario([json.loads(line) for line in log.read_text().splitlines()])


@pytest.mark.parametrize(
    ("process", "count"),
    [
        (r"upstream_processes\.py", 2),  # the script, and its forked worker
        ("spawn_main", 2),  # a pool's worker, and the child of a delegated operation
        ("forkserver", 1),
        (r"^\S+ main\.py --port", 1),  # the App's server, in its own directory
    ],
)
def test_every_process_is_instrumented(scenario: Scenario, process: str, count: int) -> None:
    records = scenario.of(process)
    assert len(records) >= count, scenario.records
    assert all(record["active"] for record in records)
    assert not any(record["off"] for record in records)


def test_the_apps_supervisor_does_not_import_upstream(scenario: Scenario) -> None:
    assert scenario.of(r"^\S+ main\.py --port")
    assert not scenario.of(r"service/main\.py")


def test_modules_that_were_imported_before_upstream_are_patched_too(scenario: Scenario) -> None:
    [parent, *_] = scenario.of(r"upstream_processes\.py")
    assert "eta.core.image:read" in parent["replaced"]


def test_workers_have_the_patches_of_their_parent(scenario: Scenario) -> None:
    [parent, *_] = scenario.of(r"upstream_processes\.py")
    for worker in [*scenario.of("spawn_main"), *scenario.of("forkserver")]:
        assert worker["replaced"] == parent["replaced"]
