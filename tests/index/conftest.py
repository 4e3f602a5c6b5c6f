"""An index server and a hostile public index beside it, new for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.index_rig import Rig, index_rig
from support.index_server import RunningIndex, index_in_process
from support.index_wheels import make_wheel
from support.package_tools import Sandbox, ToolBox
from support.public_index import PublicIndex, public_index

MakeBuild = Callable[..., Path]


@pytest.fixture
def make_build(tmp_path: Path) -> MakeBuild:
    """Write the drop-in's build N of a release: a small wheel named fiftyone."""

    def make(build: int = 1, release: str = "1.22.1", content: str | None = None) -> Path:
        return make_wheel(tmp_path / "builds", "fiftyone", f"{release}+safelight.{build}", content=content)

    return make


@pytest.fixture
def public(tmp_path: Path) -> Iterator[PublicIndex]:
    """A public index that carries a malicious fiftyone 99.0 and an honest leafpkg 1.0."""
    make_wheel(tmp_path / "public", "fiftyone", "99.0", content="raise SystemExit('malicious')\n")
    make_wheel(tmp_path / "public", "leafpkg", "1.0")
    with public_index(tmp_path / "public") as index:
        yield index


@pytest.fixture
def index(tmp_path: Path, public: PublicIndex) -> Iterator[RunningIndex]:
    """An empty index whose public side is `public`."""
    with index_in_process(tmp_path / "state", public_index=public.url) as running:
        yield running


@pytest.fixture
def reader(index: RunningIndex) -> Iterator[httpx.Client]:
    """A client with a read token."""
    with index.client(index.token()) as client:
        yield client


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The index as a team runs it, for all recipes; the public side must never see a token."""
    with index_rig(tmp_path_factory.mktemp("rig")) as running:
        yield running
        assert not running.public.told(running.token)


@pytest.fixture(scope="session")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> ToolBox:
    """Package managers of several versions."""
    return ToolBox(tmp_path_factory.mktemp("tools"))


@pytest.fixture
def sandbox(rig: Rig, tmp_path: Path) -> Sandbox:
    """A place to run recipes in."""
    return rig.sandbox(tmp_path / "project")
