"""The table itself, against the upstream that is installed here."""

from __future__ import annotations

from collections import Counter

import pytest

from safelight.dropin import targets, upstream, versions
from safelight.dropin.patch import Deferral, Patch, Target
from safelight.dropin.signatures import shape_of_text
from safelight.dropin.sources import InstalledSource

EVERY = [
    pytest.param(patch, target, id=f"{patch.name}-{target.name}")
    for patch in targets.ALL
    for target in patch.seams
]


def test_every_target_fits_the_installed_upstream() -> None:
    found = upstream.misfits(targets.ALL, InstalledSource(), versions.installed_version())
    assert [str(misfit) for misfit in found] == []


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(patch.name for patch in targets.ALL).items() if count > 1] == []


def test_no_attribute_belongs_to_two_patches() -> None:
    """One patch could then not be taken out without the other."""
    names = Counter(target.name for patch in targets.ALL for target in patch.seams)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("patch", targets.ALL, ids=lambda patch: patch.name)
def test_patches_are_described(patch: Patch) -> None:
    assert patch.name.replace("_", "").isalnum()
    assert patch.name == patch.name.lower()
    assert patch.summary
    assert "\n" not in patch.summary
    assert patch.seams


@pytest.mark.parametrize(("patch", "target"), EVERY)
def test_targets_are_described(patch: Patch, target: Target | Deferral) -> None:
    assert target.why
    assert "\n" not in target.why
    assert target.module.partition(".")[0] in {"fiftyone", "eta", "mongoengine", "pypcd4"}
    for bound in filter(None, (target.since, target.until)):
        versions.Release.parse(bound)
    if target.signature is not None:
        shape_of_text(target.signature)
        assert not target.added
