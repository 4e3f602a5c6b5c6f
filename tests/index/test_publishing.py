"""Publishing and withdrawing, without HTTP."""

from __future__ import annotations

import hashlib
import io
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from safelight_index.blobs import BlobStore
from safelight_index.database import Database
from safelight_index.errors import (
    DistributionExistsError,
    DistributionNotFoundError,
    IndexServerError,
    InvalidDistributionError,
    PermissionDeniedError,
)
from safelight_index.inspection import inspect
from safelight_index.mirror import Mirror
from safelight_index.model import File
from safelight_index.publishing import Publisher, Publishing, open_publishing
from support.index_server import OPERATOR
from support.index_wheels import make_sdist, make_wheel

UPLOADER = Publisher("ci")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def publishing(state: Path) -> Publishing:
    return open_publishing(state)


def stored(state: Path, file: File) -> Path:
    assert file.sha256 is not None
    return BlobStore(state).path_of(file.sha256)


def test_a_published_file_is_catalogued_with_what_installers_ask_for(
    tmp_path: Path, state: Path, publishing: Publishing
) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0", requires_python=">=3.10")
    file = publishing.publish_file(wheel, OPERATOR)
    assert file.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert (file.project, file.version, file.size) == ("acme", "1.0", wheel.stat().st_size)
    assert (file.requires_python, file.yanked, file.listed) == (">=3.10", None, True)
    assert stored(state, file).read_bytes() == wheel.read_bytes()
    assert publishing.files() == [file]


def test_the_same_bytes_again_are_no_change_and_other_bytes_a_conflict(
    tmp_path: Path, publishing: Publishing
) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    first = publishing.publish_file(wheel, OPERATOR)
    assert publishing.publish_file(wheel, OPERATOR) == first
    other = make_wheel(tmp_path / "other", "acme", "1.0", content="changed = True\n")
    with pytest.raises(DistributionExistsError, match="already exists"):
        publishing.publish_file(other, OPERATOR)
    assert publishing.files() == [first]


def test_bytes_that_are_not_those_that_were_sent_are_refused(tmp_path: Path, publishing: Publishing) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    with wheel.open("rb") as stream, pytest.raises(InvalidDistributionError, match="digest"):
        publishing.publish(wheel.name, stream, OPERATOR, expected_sha256="0" * 64)
    assert publishing.files() == []


def test_nothing_stays_of_a_refused_file(state: Path, publishing: Publishing) -> None:
    with pytest.raises(InvalidDistributionError):
        publishing.publish("acme-1.0-py3-none-any.whl", io.BytesIO(b"no wheel"), OPERATOR)
    assert [path for path in state.rglob("*") if path.is_file() and "sqlite" not in path.name] == []


def test_only_who_may_claim_publishes_a_new_name(tmp_path: Path, publishing: Publishing) -> None:
    wheel = make_wheel(tmp_path, "acme", "1.0")
    with pytest.raises(PermissionDeniedError, match="names add acme"):
        publishing.publish_file(wheel, UPLOADER)
    publishing.claim("acme", OPERATOR)
    assert publishing.publish_file(wheel, UPLOADER).project == "acme"


def test_every_published_name_is_private_for_ever(tmp_path: Path, publishing: Publishing) -> None:
    publishing.publish_file(make_sdist(tmp_path, "acme_tools", "1.0"), OPERATOR)
    assert "acme-tools" in publishing.private_names()


def test_the_first_build_of_a_release_gets_a_plain_twin_that_never_changes(
    tmp_path: Path, state: Path, publishing: Publishing
) -> None:
    builds = [make_wheel(tmp_path, "fiftyone", f"1.22.1+safelight.{n}", requires=["leafpkg"]) for n in (1, 2)]
    publishing.publish_file(builds[0], OPERATOR)
    twins = [file for file in publishing.files() if not file.listed]
    publishing.publish_file(builds[1], OPERATOR)
    assert [file for file in publishing.files() if not file.listed] == twins
    (twin,) = twins
    assert twin.filename == "fiftyone-1.22.1-py3-none-any.whl"
    found = inspect(stored(state, twin), twin.filename)
    assert str(found.version) == "1.22.1"
    assert found.metadata is not None
    assert b"Requires-Dist: leafpkg" in found.metadata


def test_many_at_once_publish_one_of_several_contents(tmp_path: Path, state: Path) -> None:
    wheels = [
        make_wheel(tmp_path / str(n), "fiftyone", "1.22.1+safelight.1", content=f"n = {n}\n")
        for n in range(4)
    ]

    def attempt(wheel: Path) -> File | IndexServerError:
        try:
            return open_publishing(state).publish_file(wheel, OPERATOR)
        except DistributionExistsError as error:
            return error

    shuffled = random.Random(7).sample(wheels * 4, 16)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, shuffled))
    winners = {outcome.sha256 for outcome in outcomes if isinstance(outcome, File)}
    assert len(winners) == 1
    published = [file for file in open_publishing(state).files() if file.listed]
    assert {file.sha256 for file in published} == winners
    content = stored(state, published[0]).read_bytes()
    assert hashlib.sha256(content).hexdigest() in winners
    assert sum(isinstance(outcome, File) for outcome in outcomes) == 4


def test_a_yank_is_seen_by_a_running_process_and_can_be_taken_back(
    tmp_path: Path, state: Path, publishing: Publishing
) -> None:
    mirror = Mirror(Database(state))
    file = publishing.publish_file(make_wheel(tmp_path, "acme", "1.0"), OPERATOR)
    for reason in ("broken", "", None):
        publishing.yank(file.filename, reason)
        mirror.refresh()
        found = mirror.catalogue.file(file.filename)
        assert found is not None
        assert found.yanked == reason
    mirror.close()


def test_yanking_what_is_not_there_says_so(publishing: Publishing) -> None:
    with pytest.raises(DistributionNotFoundError):
        publishing.yank("acme-1.0-py3-none-any.whl", "x")


def test_versions_are_in_their_own_order(tmp_path: Path, state: Path, publishing: Publishing) -> None:
    for version in ("1.10", "1.9", "1.9+safelight.10", "1.9+safelight.2", "2.0rc1", "1.9.post1"):
        publishing.publish_file(make_wheel(tmp_path, "acme", version), OPERATOR)
    mirror = Mirror(Database(state))
    mirror.refresh()
    project = mirror.catalogue.project("acme")
    assert project is not None
    assert list(project.versions) == [
        "1.9",
        "1.9+safelight.2",
        "1.9+safelight.10",
        "1.9.post1",
        "1.10",
        "2.0rc1",
    ]
    mirror.close()


def test_leftovers_of_crashed_uploads_are_swept_after_a_day(state: Path) -> None:
    blobs = BlobStore(state)
    old, young = blobs.incoming / "old", blobs.incoming / "young"
    for path in (old, young):
        path.write_bytes(b"half a wheel")
    os.utime(old, (0, 0))
    blobs.sweep()
    assert not old.exists()
    assert young.exists()
