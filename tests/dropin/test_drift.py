"""The table of seams against the oldest and the newest upstream that it claims to fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from safelight.dropin import targets, upstream, versions
from safelight.dropin.packaging.metadata import headers
from safelight.dropin.packaging.releases import verify_pin
from safelight.dropin.packaging.wheel import Wheel
from safelight.dropin.sources import WheelSource
from support.wheels import download_wheel

COMPANIONS = ("voxel51-eta", "fiftyone-brain", "mongoengine")
"""The other distributions that have seams: each upstream names the versions it goes with."""


@pytest.mark.drift
@pytest.mark.parametrize("version", [versions.OLDEST, "1.21.0", versions.NEWEST])
def test_every_seam_fits(version: str, tmp_path: Path) -> None:
    file = download_wheel(f"fiftyone=={version}", tmp_path)
    wheel = Wheel.read(file)
    assert verify_pin(version, file)[1], "pin this version in packaging/releases.py"
    needs = map(Requirement, headers(wheel.text(f"{wheel.dist_info}/METADATA"))["Requires-Dist"])
    files = [download_wheel(str(need), tmp_path) for need in needs if need.name in COMPANIONS]
    assert len(files) == len(COMPANIONS)
    found = upstream.misfits(targets.ALL, WheelSource([file, *files]), version)
    assert [str(misfit) for misfit in found] == []
