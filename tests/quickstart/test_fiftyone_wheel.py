"""What a start of the stack publishes: a changed build with a new number, an unchanged one not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safelight_server.quickstart import fiftyone_wheel
from safelight_server.quickstart.errors import QuickstartError
from safelight_server.quickstart.fiftyone_wheel import publish_build, publish_wheel
from safelight_server.quickstart.index import IndexServer
from support.index_wheels import make_wheel

Build = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    server = IndexServer(tmp_path_factory.mktemp("index"))
    server.start()
    server.wait_until_ready()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def token(index: IndexServer) -> str:
    return index.read_token(None)


@pytest.fixture
def build(index: IndexServer, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Start with this source code; returns what people were told."""

    def publish(source: str) -> list[str]:
        def build_wheel(dist: Path, number: int) -> Path:
            if source == "broken":
                raise QuickstartError("building fiftyone failed: no network")
            return make_wheel(dist, "fiftyone", f"1.22.1+safelight.{number}", content=f"code = {source!r}\n")

        monkeypatch.setattr(fiftyone_wheel, "build_wheel", build_wheel)
        said: list[str] = []
        publish_build(index, token, tmp_path, said.append)
        return said

    return publish


def test_a_failed_build_is_an_error_only_while_the_index_has_none(build: Build) -> None:
    with pytest.raises(QuickstartError, match="no network"):
        build("broken")
    build("first")
    assert build("broken")[-1].endswith("Going on with the fiftyone that the index already has.")


def test_the_build_number_rises_with_every_change_and_only_then(
    build: Build, index: IndexServer, token: str
) -> None:
    build("first")
    before = set(index.files("fiftyone", token))
    assert build("first") == ["Unchanged in the index: fiftyone-1.22.1+safelight.1-py3-none-any.whl"]
    assert build("second") == ["Built and published fiftyone-1.22.1+safelight.2-py3-none-any.whl"]
    assert build("second") == ["Unchanged in the index: fiftyone-1.22.1+safelight.2-py3-none-any.whl"]
    assert set(index.files("fiftyone", token)) == before | {"fiftyone-1.22.1+safelight.2-py3-none-any.whl"}


def test_a_wheel_of_the_users_own_is_published_once(index: IndexServer, token: str, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.20.0+safelight.7")
    assert publish_wheel(index, wheel, token)
    assert not publish_wheel(index, wheel, token)


def test_what_the_index_refuses_is_said_in_its_own_words(
    index: IndexServer, token: str, tmp_path: Path
) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.19.0")
    with pytest.raises(QuickstartError, match=r"X\.Y\.Z\+safelight\.N"):
        publish_wheel(index, wheel, token)


def test_a_token_is_kept_while_it_is_accepted(index: IndexServer, token: str) -> None:
    assert index.read_token(token) == token
    assert index.read_token("slix_nonsense") not in {token, "slix_nonsense"}
