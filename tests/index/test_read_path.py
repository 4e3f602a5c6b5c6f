"""Pages and files over HTTP."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from safelight_index.tokens import Scope
from support.index_server import RunningIndex
from support.index_wheels import make_wheel

JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "fiftyone-1.22.1+safelight.1-py3-none-any.whl"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))


@pytest.fixture
def wheel(tmp_path: Path, index: RunningIndex) -> Path:
    path = make_wheel(
        tmp_path, "fiftyone", "1.22.1+safelight.1", requires_python="<4,>=3.10", content="x" * 3000
    )
    index.publish(path)
    return path


def page(reader: httpx.Client, path: str) -> dict[str, Any]:
    answer = reader.get(path, headers={"Accept": JSON})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("path", ["/simple/fiftyone/", "/fiftyone/", "/simple/FiftyOne/", "/FIFTYONE/"])
def test_a_page_says_all_that_the_standards_ask_for(reader: httpx.Client, wheel: Path, path: str) -> None:
    answer = reader.get(path, headers={"Accept": JSON})
    assert answer.headers["content-type"] == JSON
    assert "Accept" in answer.headers["vary"]
    document = answer.json()
    assert document["meta"] == {"api-version": "1.1"}
    assert document["name"] == "fiftyone"
    assert document["versions"] == ["1.22.1+safelight.1"]
    (file,) = document["files"]
    assert file["filename"] == WHEEL
    assert file["size"] == wheel.stat().st_size
    assert file["hashes"] == {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    assert file["requires-python"] == "<4,>=3.10"
    assert file["yanked"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", file["upload-time"])
    metadata = reader.get(urljoin(path, file["url"]) + ".metadata")
    assert hashlib.sha256(metadata.content).hexdigest() == file["core-metadata"]["sha256"]
    assert file["core-metadata"] == file["dist-info-metadata"]
    assert reader.get(urljoin(path, file["url"])).content == wheel.read_bytes()


@pytest.mark.parametrize("path", ["/simple/fiftyone/", "/fiftyone/"])
def test_the_html_page_says_the_same(reader: httpx.Client, wheel: Path, path: str) -> None:
    answer = reader.get(path, headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<meta name="pypi:repository-version" content="1.1">' in answer.text
    parser = _Links()
    parser.feed(answer.text)
    (link,) = parser.found
    (file,) = page(reader, path)["files"]
    assert link["href"] == f"{file['url']}#sha256={file['hashes']['sha256']}"
    assert link["data-requires-python"] == "<4,>=3.10"
    assert link["data-core-metadata"] == f"sha256={file['core-metadata']['sha256']}"
    assert "data-yanked" not in link


def test_links_are_relative_and_escape_the_plus(reader: httpx.Client, wheel: Path) -> None:
    (file,) = page(reader, "/simple/fiftyone/")["files"]
    assert file["url"] == "../../packages/fiftyone-1.22.1%2Bsafelight.1-py3-none-any.whl"
    (file,) = page(reader, "/fiftyone/")["files"]
    assert file["url"] == "../packages/fiftyone-1.22.1%2Bsafelight.1-py3-none-any.whl"


@pytest.mark.parametrize("plus", ["+", "%2B", "%2b"])
def test_plus_and_its_escape_are_the_same_file(reader: httpx.Client, wheel: Path, plus: str) -> None:
    for suffix in ("", ".metadata"):
        assert reader.get(f"/packages/{WHEEL.replace('+', plus)}{suffix}").status_code == 200


def test_no_header_of_the_client_changes_where_anything_points(reader: httpx.Client, wheel: Path) -> None:
    hostile = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=evil.example",
    }
    for path in (
        "/simple/fiftyone/",
        "/fiftyone/",
        "/simple/fiftyone",
        "/fiftyone",
        "/simple/",
        "/",
        "/simple/leafpkg/",
    ):
        for headers in (hostile, {**hostile, "Host": "evil.example"}, {**hostile, "Host": "[evil/simple/"}):
            answer = reader.get(path, headers=headers)
            assert "evil" not in answer.text + str(answer.headers), path


@pytest.mark.parametrize("path", ["/simple/fiftyone", "/fiftyone", "/simple/no-such-project", "/leafpkg"])
def test_a_missing_slash_is_added_by_a_relative_redirect(reader: httpx.Client, path: str) -> None:
    answer = reader.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, path.rsplit("/", 1)[1] + "/")


def test_the_list_of_projects_names_ours_alone(reader: httpx.Client, wheel: Path) -> None:
    assert page(reader, "/simple/")["projects"] == page(reader, "/")["projects"] == [{"name": "fiftyone"}]
    assert '<a href="fiftyone/">' in reader.get("/simple/").text
    assert '<a href="simple/fiftyone/">' in reader.get("/").text


def test_pages_are_revalidated_and_files_kept_for_ever(reader: httpx.Client, wheel: Path) -> None:
    for path, caching in (
        ("/simple/fiftyone/", "private, max-age=0"),
        ("/simple/", "private, max-age=0"),
        (f"/packages/{WHEEL}", "private, max-age=31536000, immutable"),
    ):
        first = reader.get(path)
        assert first.headers["cache-control"] == caching
        again = reader.get(path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_a_page_changes_its_etag_with_its_content(
    tmp_path: Path, index: RunningIndex, reader: httpx.Client, wheel: Path
) -> None:
    before = reader.get("/simple/fiftyone/").headers["etag"]
    index.publish(make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.2"))
    after = reader.get("/simple/fiftyone/", headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["etag"] != before


@pytest.mark.parametrize(
    ("header", "status", "chosen"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=0-999999999", 206, slice(0, None)),
        ("bytes=1-2,4-5", 200, slice(0, None)),
        ("bytes=999999999-", 416, slice(0, 0)),
    ],
)
def test_ranges(reader: httpx.Client, wheel: Path, header: str, status: int, chosen: slice) -> None:
    answer = reader.get(f"/packages/{WHEEL}", headers={"Range": header})
    content = wheel.read_bytes()
    assert (answer.status_code, answer.content) == (status, content[chosen])
    assert int(answer.headers["content-length"]) == len(content[chosen])
    if status == 206:
        start = content.index(content[chosen])
        assert (
            answer.headers["content-range"]
            == f"bytes {start}-{start + len(content[chosen]) - 1}/{len(content)}"
        )
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(content)}"


def test_a_range_of_another_version_is_the_whole_file(reader: httpx.Client, wheel: Path) -> None:
    answer = reader.get(f"/packages/{WHEEL}", headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (answer.status_code, answer.content) == (200, wheel.read_bytes())


def test_head_is_get_without_the_body(reader: httpx.Client, wheel: Path) -> None:
    for path in ("/simple/fiftyone/", "/", f"/packages/{WHEEL}", f"/packages/{WHEEL}.metadata"):
        get, head = reader.get(path), reader.head(path)
        assert head.content == b""
        for name in ("content-length", "etag", "content-type"):
            assert head.headers[name] == get.headers[name], path


def test_large_files_arrive_whole(tmp_path: Path, index: RunningIndex, reader: httpx.Client) -> None:
    import random

    noise = random.Random(1).randbytes(1_500_000).hex()
    wheel = make_wheel(tmp_path, "acme", "1.0", content=f"noise = {noise!r}\n")
    index.publish(wheel)
    assert wheel.stat().st_size > 1_000_000
    assert reader.get(f"/packages/{wheel.name}").content == wheel.read_bytes()
    middle = reader.get(f"/packages/{wheel.name}", headers={"Range": "bytes=100000-899999"})
    assert middle.content == wheel.read_bytes()[100000:900000]


@pytest.mark.parametrize(("reason", "shown"), [("it burns <b>", "it burns <b>"), ("", True)])
def test_a_yanked_file_is_marked_and_still_served(
    index: RunningIndex, reader: httpx.Client, wheel: Path, reason: str, shown: str | bool
) -> None:
    index.yank(WHEEL, reason)
    (file,) = page(reader, "/simple/fiftyone/")["files"]
    assert file["yanked"] == shown
    parser = _Links()
    parser.feed(reader.get("/simple/fiftyone/").text)
    assert parser.found[0]["data-yanked"] == reason
    assert reader.get(f"/packages/{WHEEL}").status_code == 200


def test_an_administrator_yanks_over_http(index: RunningIndex, reader: httpx.Client, wheel: Path) -> None:
    with index.client(index.token(Scope.ADMIN)) as admin:
        assert admin.put(f"/packages/{WHEEL}/yank", content="it burns").json()["yanked"] == "it burns"
        assert page(reader, "/fiftyone/")["files"][0]["yanked"] == "it burns"
        assert admin.delete(f"/packages/{WHEEL}/yank").json()["yanked"] is None
        assert admin.put(f"/packages/{WHEEL}/yank", content="x" * 2000).status_code == 413
        assert admin.put("/packages/other-1.0.tar.gz/yank").status_code == 404
    assert page(reader, "/fiftyone/")["files"][0]["yanked"] is False


def test_the_plain_wheel_is_served_but_not_listed(reader: httpx.Client, wheel: Path) -> None:
    answer = reader.get("/packages/fiftyone-1.22.1-py3-none-any.whl")
    assert answer.status_code == 200
    assert answer.content != wheel.read_bytes()
    assert len(page(reader, "/simple/fiftyone/")["files"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/packages/../index.sqlite",
        "/packages/%2e%2e/index.sqlite",
        "/packages/..%2findex.sqlite",
        "/packages/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/packages//etc/passwd",
        "/packages/..%5cindex.sqlite",
        "/packages/index.sqlite",
        "/packages/%00",
        "/simple/../packages/../audit.jsonl",
        "/simple/%2e%2e/",
        "/simple/..%2f..%2fetc/",
        "/files/",
        "/incoming/x",
    ],
)
def test_no_path_leaves_the_catalogue(
    index: RunningIndex, reader: httpx.Client, wheel: Path, path: str
) -> None:
    # httpx would tidy the path up: send it as it is.
    answer = reader.send(
        reader.build_request("GET", "/", extensions={"target": path.encode()}), follow_redirects=False
    )
    assert answer.status_code in {301, 302, 404}
    assert not answer.headers.get("location", "").startswith(("/", index.url))
    assert b"SQLite" not in answer.content
    assert b"root:" not in answer.content


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_change_nothing(reader: httpx.Client, wheel: Path, method: str) -> None:
    for path in ("/", "/simple/fiftyone/", f"/packages/{WHEEL}"):
        assert reader.request(method, path).status_code in {404, 405}
    assert reader.get(f"/packages/{WHEEL}").status_code == 200
