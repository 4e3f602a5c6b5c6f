"""Public names fall through; private names never do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from support.index_server import RunningIndex, free_port, index_in_process
from support.index_wheels import make_wheel
from support.public_index import PublicIndex

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


@pytest.mark.parametrize("path", ["/simple/leafpkg/", "/leafpkg/", "/simple/LeafPkg/"])
def test_a_public_name_is_redirected_to_the_public_index(
    reader: httpx.Client, public: PublicIndex, path: str
) -> None:
    answer = reader.get(path)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{public.url}leafpkg/"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["fiftyone", "FiftyOne", "safelight", "safelight-server", "safelight_x"])
def test_a_private_name_without_files_is_not_found_here_and_looked_up_nowhere(
    reader: httpx.Client, public: PublicIndex, name: str
) -> None:
    for path in (f"/simple/{name}/", f"/{name}/"):
        answer = reader.get(path)
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert public.requests == []


def test_a_name_once_published_stays_private_even_when_every_file_is_gone(
    tmp_path: Path, index: RunningIndex, public: PublicIndex
) -> None:
    index.publish(make_wheel(tmp_path, "leafpkg", "0.1"))
    with index.client(index.token()) as client:
        assert [file["filename"] for file in client.get("/leafpkg/", headers=JSON).json()["files"]] == [
            "leafpkg-0.1-py3-none-any.whl"
        ]
    with closing(sqlite3.connect(index.state_dir / "index.sqlite")) as connection, connection:
        connection.execute("DELETE FROM files")
    with (
        index_in_process(index.state_dir, public_index=public.url) as again,
        again.client(again.token()) as client,
    ):
        assert client.get("/leafpkg/").status_code == 404


def test_a_name_claimed_while_the_server_runs_falls_back_no_more(
    index: RunningIndex, reader: httpx.Client
) -> None:
    from safelight_index.publishing import open_publishing
    from support.index_server import OPERATOR

    assert reader.get("/leafpkg/").status_code == 302
    open_publishing(index.state_dir).claim("leaf*", OPERATOR)
    assert reader.get("/leafpkg/").status_code == 404


@pytest.mark.parametrize("mode", ["redirect", "proxy"])
def test_a_catalogue_that_cannot_be_read_is_503_and_never_a_fallback(
    tmp_path: Path, public: PublicIndex, mode: str
) -> None:
    with index_in_process(tmp_path / "s", public_index=public.url, fallback=mode) as index:
        token = index.token()
        with index.client(token) as client:
            assert client.get("/fiftyone/").status_code == 404
            database = index.state_dir / "index.sqlite"
            with closing(sqlite3.connect(database)) as connection, connection:
                connection.execute("DROP TABLE private_names")
                connection.execute("UPDATE revision SET value = value + 1")
            for path in ("/fiftyone/", "/leafpkg/", "/packages/leafpkg-1.0-py3-none-any.whl", "/ready"):
                answer = client.get(path)
                assert answer.status_code == 503
                assert "location" not in answer.headers
        assert public.requests == []


def test_a_private_file_that_cannot_be_read_is_503(
    tmp_path: Path, index: RunningIndex, reader: httpx.Client, public: PublicIndex
) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1")
    index.publish(wheel)
    for blob in (index.state_dir / "files").rglob("*"):
        if blob.is_file():
            blob.unlink()
    for name in (wheel.name, f"{wheel.name}.metadata", "fiftyone-1.22.1-py3-none-any.whl"):
        assert reader.get(f"/packages/{name}").status_code == 503
    assert public.requests == []


def test_off_means_nothing_but_ours(tmp_path: Path, public: PublicIndex) -> None:
    with (
        index_in_process(tmp_path / "s", public_index=public.url, fallback="off") as index,
        index.client(index.token()) as client,
    ):
        assert client.get("/leafpkg/").status_code == 404
        assert client.get("/packages/leafpkg-1.0-py3-none-any.whl").status_code == 404
    assert public.requests == []


class TestProxy:
    """`--fallback proxy`: only the server reaches the public index."""

    @pytest.fixture
    def index(self, tmp_path: Path, public: PublicIndex) -> object:
        with index_in_process(tmp_path / "proxy", public_index=public.url, fallback="proxy") as running:
            yield running

    def test_pages_and_files_pass_through_and_the_token_does_not(
        self, index: RunningIndex, public: PublicIndex
    ) -> None:
        token = index.token()
        with index.client(token) as client:
            (file,) = client.get("/simple/leafpkg/", headers=JSON).json()["files"]
            assert file["url"] == "../../packages/leafpkg-1.0-py3-none-any.whl"
            assert "leafpkg-1.0" in client.get("/leafpkg/").text
            answer = client.get("/packages/leafpkg-1.0-py3-none-any.whl", headers={"X-Secret": token})
        wheel = public.directory / "leafpkg-1.0-py3-none-any.whl"
        assert answer.content == wheel.read_bytes()
        assert not public.told(token)
        assert public.paths().count("/simple/leafpkg/") == 1

    def test_a_private_name_is_not_proxied(self, index: RunningIndex, public: PublicIndex) -> None:
        with index.client(index.token()) as client:
            assert client.get("/fiftyone/").status_code == 404
            assert client.get("/packages/fiftyone-99.0-py3-none-any.whl").status_code == 404
        assert public.requests == []

    def test_ranges_pass_through(self, index: RunningIndex, public: PublicIndex) -> None:
        with index.client(index.token()) as client:
            head = client.head("/packages/leafpkg-1.0-py3-none-any.whl")
            size = (public.directory / "leafpkg-1.0-py3-none-any.whl").stat().st_size
            assert (head.status_code, head.headers["content-length"]) == (200, str(size))
            client.get("/packages/leafpkg-1.0-py3-none-any.whl", headers={"Range": "bytes=-10"})
        assert public.requests[-1][1]["range"] == "bytes=-10"

    def test_what_the_public_index_does_not_have_is_not_found(self, index: RunningIndex) -> None:
        with index.client(index.token()) as client:
            for path in ("/nothing/", "/packages/leafpkg-9.9-py3-none-any.whl", "/packages/README"):
                assert client.get(path).status_code == 404

    def test_a_public_index_that_is_down_is_502(self, tmp_path: Path) -> None:
        url = f"http://127.0.0.1:{free_port()}/simple/"
        with (
            index_in_process(tmp_path / "down", public_index=url, fallback="proxy") as index,
            index.client(index.token()) as client,
        ):
            answer = client.get("/leafpkg/")
            assert answer.status_code == 502
            assert "does not answer" in answer.text
