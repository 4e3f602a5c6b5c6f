"""Processes share a cache and die at random moments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

import support.cache_crash
from support.cache_crash import LIMIT, Scenario, Verdict
from support.cache_rig import CacheRig, content_of

SIZES = {f"{i:03}.bin": 20_000 + 7_000 * (i % 20) for i in range(120)}

HARD = pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)], id="soak")


def play(rig: CacheRig, kills: int, *, locks: bool, vandals: bool) -> Verdict:
    for key, size in SIZES.items():
        rig.put(key, content_of(key, size))
    outside = rig.directory / "outside.jpg"
    outside.write_bytes(b"mine")
    place = rig.s3.endpoint_url, rig.bucket, rig.folder, SIZES, str(rig.directory)
    scenario = Scenario(*place, kills, seed=7, locks=locks, vandals=vandals)
    script = rig.directory / "scenario.json"
    script.write_text(json.dumps(asdict(scenario)))
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, support.cache_crash.__file__, script],
        env={**os.environ, **rig.s3.environment, "PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert outside.read_bytes() == b"mine"
    return Verdict(**json.loads(done.stdout))


@pytest.mark.parametrize("kills", [pytest.param(12, id="short"), HARD])
@pytest.mark.parametrize(
    ("locks", "vandals"),
    [
        pytest.param(True, False, id="plain"),
        pytest.param(False, False, id="locks-are-no-ops"),
        pytest.param(True, True, id="index-is-damaged"),
    ],
)
def test_killed_processes_leave_a_cache_that_works(
    rig: CacheRig, kills: int, locks: bool, vandals: bool
) -> None:
    verdict = play(rig, kills, locks=locks, vandals=vandals)
    assert verdict.problems == []
    assert verdict.reads >= kills
    assert verdict.temporary == 0
    assert verdict.idle <= LIMIT
    assert verdict.size <= LIMIT
    assert verdict.counted == verdict.size
