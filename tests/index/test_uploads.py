"""Uploads over HTTP, the good and the bad."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from safelight_index.tokens import Scope
from support.index_server import RunningIndex, index_in_process, index_program
from support.index_wheels import make_sdist, make_wheel

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def uploader(index: RunningIndex) -> Iterator[httpx.Client]:
    with index.client(index.token(Scope.UPLOAD)) as client:
        yield client


def upload(client: httpx.Client, path: Path, **fields: str) -> httpx.Response:
    form = {":action": "file_upload", "protocol_version": "1", **fields}
    return client.post("/", data=form, files={"content": (path.name, path.read_bytes())})


def listed(client: httpx.Client, name: str = "fiftyone") -> dict[str, str]:
    """Digests of a project's files by their names; {} for a project that is not there."""
    answer = client.get(f"/simple/{name}/", headers=JSON)
    if answer.status_code == 404:
        return {}
    return {file["filename"]: file["hashes"]["sha256"] for file in answer.json()["files"]}


def test_an_uploaded_file_can_be_installed_at_once(tmp_path: Path, uploader: httpx.Client) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert upload(uploader, wheel, sha256_digest=digest).status_code == 200
    assert listed(uploader) == {wheel.name: digest}
    assert uploader.get(f"/packages/{wheel.name}").content == wheel.read_bytes()


def test_the_same_bytes_again_are_fine_and_others_are_a_conflict(
    tmp_path: Path, uploader: httpx.Client
) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1")
    assert [upload(uploader, wheel).status_code for _ in range(2)] == [200, 200]
    other = make_wheel(tmp_path / "other", "fiftyone", "1.22.1+safelight.1", content="other = 1\n")
    assert upload(uploader, other).status_code == 409
    uploader.headers["User-Agent"] = "twine/7.0.0 CPython/3.11"
    answer = upload(uploader, other)
    assert answer.status_code == 400
    assert "already exists" in answer.text
    assert uploader.get(f"/packages/{wheel.name}").content == wheel.read_bytes()


def test_a_new_name_needs_an_administrator(
    tmp_path: Path, index: RunningIndex, uploader: httpx.Client
) -> None:
    sdist = make_sdist(tmp_path, "acme", "1.0")
    answer = upload(uploader, sdist)
    assert answer.status_code == 403
    assert "names add acme" in answer.text
    with index.client(index.token(Scope.ADMIN)) as admin:
        assert upload(admin, sdist).status_code == 200
    assert list(listed(uploader, "acme")) == ["acme-1.0.tar.gz"]


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("fiftyone-1.22.1+safelight.1-py3-none-any.whl", b""),
        ("fiftyone-1.22.1+safelight.1-py3-none-any.whl", b"not a wheel"),
        ("fiftyone-1.22.1+safelight.1.tar.gz", b"not a tar"),
        ("fiftyone-99.0-py3-none-any.whl", None),
        ("fiftyone-1.22.1-py3-none-any.whl", None),
        ("../fiftyone-1.22.1+safelight.1-py3-none-any.whl", None),
        ("..\\fiftyone-1.22.1+safelight.1-py3-none-any.whl", None),
        ("/etc/cron.d/fiftyone-1.22.1+safelight.1-py3-none-any.whl", None),
        ("fiftyone.exe", None),
        ("", b"x"),
    ],
)
def test_a_file_that_is_not_what_it_says_leaves_nothing(
    tmp_path: Path, index: RunningIndex, uploader: httpx.Client, filename: str, content: bytes | None
) -> None:
    good = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1").read_bytes()
    answer = uploader.post(
        "/",
        data={":action": "file_upload"},
        files={"content": (filename, good if content is None else content)},
    )
    assert answer.status_code == 400
    assert answer.text.startswith("400 Bad Request: ")
    assert listed(uploader) == {}
    assert list((index.state_dir / "incoming").iterdir()) == []
    assert list((index.state_dir / "files").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\nv\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"x" * 200_000, "multipart/form-data; boundary=x"),
        (b"x" * 200_000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", 'multipart/form-data; boundary="'),
        (b"{}", "application/json"),
        (b":action=file_upload", "application/x-www-form-urlencoded"),
        (b":action=format_disk", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_upload_form_is_400(uploader: httpx.Client, body: bytes, content_type: str) -> None:
    answer = uploader.post("/", content=body, headers={"Content-Type": content_type} if content_type else {})
    assert answer.status_code == 400
    assert uploader.get("/whoami").status_code == 200


def test_a_digest_that_does_not_fit_is_400(tmp_path: Path, uploader: httpx.Client) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1")
    assert "digest" in upload(uploader, wheel, sha256_digest="0" * 64).text
    assert listed(uploader) == {}


def test_detached_signatures_are_dropped(tmp_path: Path, uploader: httpx.Client) -> None:
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1")
    files = {
        "content": (wheel.name, wheel.read_bytes()),
        "gpg_signature": (f"{wheel.name}.asc", b"-----BEGIN PGP SIGNATURE-----"),
    }
    assert uploader.post("/", data={":action": "file_upload"}, files=files).status_code == 200
    assert uploader.get(f"/packages/{wheel.name}.asc").status_code == 404


def test_an_upload_over_the_limit_is_413(tmp_path: Path) -> None:
    with index_in_process(tmp_path / "s", fallback="off", max_upload_mib="1") as index:
        noise = random.Random(3).randbytes(1_500_000).hex()
        wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1", content=f"# {noise}")
        with index.client(index.token(Scope.UPLOAD)) as client:
            assert upload(client, wheel).status_code == 413
            assert client.get("/fiftyone/").status_code == 404
        assert list((index.state_dir / "incoming").iterdir()) == []


def begin_upload(index: RunningIndex, wheel: Path, sent: float) -> socket.socket:
    """Send the start of an upload, `sent` of the whole, and leave the connection open."""
    request = httpx.Request(
        "POST",
        f"{index.url}/",
        data={":action": "file_upload"},
        files={"content": (wheel.name, wheel.read_bytes())},
    )
    body = request.read()
    headers = [f"{name}: {value}" for name, value in request.headers.items()]
    headers.append(f"Authorization: Bearer {index.token(Scope.UPLOAD)}")
    connection = socket.create_connection(("127.0.0.1", index.settings.port))
    connection.sendall("\r\n".join(["POST / HTTP/1.1", *headers, "", ""]).encode())
    connection.sendall(body[: int(len(body) * sent)])
    return connection


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(
    tmp_path: Path, index: RunningIndex, uploader: httpx.Client
) -> None:
    noise = random.Random(4).randbytes(500_000).hex()
    wheel = make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1", content=f"# {noise}")
    for sent in (0.0, 0.5, 0.99):
        connection = begin_upload(index, wheel, sent)
        assert listed(uploader) == {}  # also while it is under way
        connection.close()
    deadline = time.monotonic() + 10
    while list((index.state_dir / "incoming").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list((index.state_dir / "incoming").iterdir()) == []
    assert list((index.state_dir / "files").iterdir()) == []
    assert upload(uploader, wheel).status_code == 200


def test_of_concurrent_uploads_of_one_name_one_content_wins(
    tmp_path: Path, index: RunningIndex, uploader: httpx.Client
) -> None:
    wheels = [
        make_wheel(tmp_path / str(n), "fiftyone", "1.22.1+safelight.1", content=f"n = {n}\n")
        for n in range(4)
    ]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda wheel: upload(uploader, wheel).status_code, wheels * 4))
    assert sorted(statuses) == [200] * 4 + [409] * 12
    (digest,) = listed(uploader).values()
    content = uploader.get(f"/packages/{wheels[0].name}").content
    assert hashlib.sha256(content).hexdigest() == digest


def upload_until_killed(index: RunningIndex, wheels: list[Path], seconds: float) -> set[str]:
    """Upload wheels, three at a time, to a server that is killed then; return the names that it accepted."""
    assert index.process is not None
    accepted: set[str] = set()

    def send(wheel: Path) -> None:
        try:
            if upload(client, wheel).status_code == 200:
                accepted.add(wheel.name)
        except httpx.HTTPError:
            pass  # the server was killed

    killer = threading.Timer(seconds, os.kill, (index.process.pid, signal.SIGKILL))
    with index.client(index.token(Scope.UPLOAD)) as client, ThreadPoolExecutor(3) as pool:
        killer.start()
        list(pool.map(send, wheels))
        killer.join()
    return accepted


def test_kill_9_at_any_moment_of_uploads_leaves_whole_files_or_none(tmp_path: Path) -> None:
    moments = random.Random(5)
    noise = random.Random(6).randbytes(300_000).hex()
    names = [f"1.22.1+safelight.{n}" for n in range(1, 31)]
    wheels = [make_wheel(tmp_path, "fiftyone", name, content=f"# {noise}") for name in names]
    accepted: set[str] = set()
    for some in (wheels[:10], wheels[10:20], wheels[20:]):
        with index_program(tmp_path / "state", fallback="off") as index:
            accepted |= upload_until_killed(index, some, moments.uniform(0.05, 0.6))
    by_name = {wheel.name: wheel.read_bytes() for wheel in wheels}
    with (
        index_program(tmp_path / "state", fallback="off") as index,
        index.client(index.token(Scope.UPLOAD)) as client,
    ):
        found = listed(client)
        assert accepted <= set(found)
        for name in found:
            assert client.get(f"/packages/{name}").content == by_name[name]
        for wheel in wheels:
            assert upload(client, wheel).status_code == 200
        assert len(listed(client)) == 30
