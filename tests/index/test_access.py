"""Who may do what, and what everybody else is told."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from safelight_index.tokens import Scope, TokenText
from support.index_server import RunningIndex, index_in_process, index_program
from support.index_wheels import make_wheel
from support.public_index import PublicIndex

GUARDED = ["/", "/simple/", "/simple/fiftyone/", "/fiftyone/", "/fiftyone", "/leafpkg/", "/simple/leafpkg/"]
GUARDED += ["/packages/", "/packages/x-1.0.tar.gz", "/whoami", "/metrics", "/favicon.ico", "/a/b/c", "/RPC2"]


@pytest.fixture
def anybody(index: RunningIndex) -> Iterator[httpx.Client]:
    with index.client() as client:
        yield client


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


@pytest.mark.parametrize("path", GUARDED)
def test_nothing_is_open_without_a_token(anybody: httpx.Client, path: str) -> None:
    assert "needs a token" in refused(anybody.get(path))


def test_only_the_probes_are_open(anybody: httpx.Client) -> None:
    assert [anybody.get(path).text for path in ("/health", "/ready")] == ["ok\n", "ready\n"]


def test_an_upload_without_a_token_is_refused_before_it_is_read(anybody: httpx.Client) -> None:
    assert "needs a token" in refused(anybody.post("/", files={"content": ("x.whl", b"x" * 5_000_000)}))


def test_the_reason_of_a_refusal_is_told(index: RunningIndex) -> None:
    revoked = index.token(name="bob")
    index.revoke(revoked)
    fleeting = index.token(expires_in=timedelta(milliseconds=1), name="carol")
    time.sleep(0.01)
    mistyped = index.token()[:-1] + "!"
    stranger = TokenText.generate().reveal()
    for token, reason in [
        (revoked, "(bob) was revoked on"),
        (fleeting, "(carol) expired on"),
        (mistyped, "mistyped, or cut"),
        (stranger, "never made it"),
    ]:
        with index.client(token) as client:
            for path in ("/simple/fiftyone/", "/leafpkg/", "/packages/fiftyone-1.22.1-py3-none-any.whl"):
                text = refused(client.get(path))
                assert reason in text
                assert token not in text


def test_clients_that_read_json_get_problem_details(anybody: httpx.Client) -> None:
    answer = anybody.get("/fiftyone/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    refused(answer)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "needs a token" in answer.json()["detail"]


def test_a_revoked_token_is_refused_by_the_next_request(index: RunningIndex) -> None:
    token = index.token()
    with index.client(token) as client:
        assert client.get("/whoami").status_code == 200
        index.revoke(token)
        refused(client.get("/whoami"))


def test_every_worker_process_sees_a_revocation_and_a_publication_at_once(tmp_path: Path) -> None:
    with index_program(tmp_path / "state", workers="2", fallback="off") as index:
        token = index.token()
        wheel = make_wheel(tmp_path, "acme", "1.0")
        # New connections are spread over the workers by the kernel: 40 of them meet both.
        for _ in range(40):
            with index.client(token) as client:
                assert client.get("/acme/").status_code == 404
        index.publish(wheel)
        for _ in range(40):
            with index.client(token) as client:
                assert client.get("/acme/").status_code == 200
        index.revoke(token)
        for _ in range(40):
            with index.client(token) as client:
                refused(client.get("/acme/"))


@pytest.mark.parametrize("scope", list(Scope))
def test_whoami_says_what_the_token_is(index: RunningIndex, scope: Scope) -> None:
    token = index.token(scope, timedelta(days=1), name="alice")
    with index.client(token) as client:
        answer = client.get("/whoami").json()
    assert (answer["name"], answer["scope"]) == ("alice", scope.value)
    assert answer["id"] == token.removeprefix("slix_")[:8]
    assert answer["expires_at"] > answer["created_at"]


def test_a_read_token_changes_nothing(index: RunningIndex, reader: httpx.Client, make_build: object) -> None:
    attempts = [
        reader.post("/", data={":action": "file_upload"}, files={"content": ("a-1.0.tar.gz", b"x")}),
        reader.post("/", data={":action": "remove_pkg", "name": "fiftyone", "version": "1.22.1"}),
        reader.post("/legacy/", data={":action": "submit"}),
        reader.put("/packages/fiftyone-1.22.1-py3-none-any.whl/yank"),
        reader.delete("/packages/fiftyone-1.22.1-py3-none-any.whl/yank"),
        reader.get("/metrics"),
    ]
    for answer in attempts:
        assert answer.status_code == 403
        assert "has the scope read; this needs" in answer.text


def test_an_upload_token_deletes_and_yanks_nothing(tmp_path: Path, index: RunningIndex) -> None:
    index.publish(make_wheel(tmp_path, "fiftyone", "1.22.1+safelight.1"))
    name = "fiftyone-1.22.1+safelight.1-py3-none-any.whl"
    with index.client(index.token(Scope.UPLOAD)) as client:
        form = {":action": "remove_pkg", "name": "fiftyone", "version": "1.22.1+safelight.1"}
        answer = client.post("/", data=form)
        assert answer.status_code == 403
        assert "yank" in answer.text
        assert client.put(f"/packages/{name}/yank").status_code == 403
        assert client.get(f"/packages/{name}").status_code == 200


def test_a_token_for_some_packages_sees_no_others(tmp_path: Path, index: RunningIndex) -> None:
    index.publish(*(make_wheel(tmp_path, name, "1.0") for name in ("acme_core", "acme_tools", "secret")))
    with index.client(index.token(packages=["acme-*"], name="partner")) as client:
        assert client.get("/simple/acme-core/").status_code == 200
        assert client.get("/packages/acme_tools-1.0-py3-none-any.whl").status_code == 200
        assert "secret" not in client.get("/simple/").text
        for path in (
            "/simple/secret/",
            "/secret/",
            "/packages/secret-1.0-py3-none-any.whl",
            "/packages/secret-1.0-py3-none-any.whl.metadata",
            "/simple/fiftyone/",
        ):
            answer = client.get(path)
            assert answer.status_code == 403
            assert "(partner) is for acme-* only" in answer.text
        assert client.get("/simple/leafpkg/").status_code == 302
        assert client.get("/whoami").json()["packages"] == ["acme-*"]


def test_a_token_for_some_packages_publishes_and_yanks_no_others(tmp_path: Path, index: RunningIndex) -> None:
    index.publish(make_wheel(tmp_path, "acme", "1.0"), make_wheel(tmp_path, "secret", "1.0"))
    with index.client(index.token(Scope.ADMIN, packages=["acme"])) as client:
        statuses = {}
        for name in ("acme", "secret", "new"):
            wheel = make_wheel(tmp_path, name, "2.0")
            form = {":action": "file_upload", "protocol_version": "1"}
            files = {"content": (wheel.name, wheel.read_bytes())}
            statuses[name] = (
                client.post("/", data=form, files=files).status_code,
                client.put(f"/packages/{name}-1.0-py3-none-any.whl/yank").status_code,
            )
    assert statuses["acme"] == (200, 200)
    assert statuses["secret"] == (403, 403)
    assert statuses["new"][0] == 403


def test_names_that_fell_through_are_counted_and_in_the_audit_log(index: RunningIndex) -> None:
    with index.client(index.token(Scope.ADMIN)) as client:
        client.get("/simple/fiftyone/")
        client.get("/simple/leafpkg/")
        text = client.get("/metrics").text
    assert 'safelight_index_fallbacks_total{mode="public"} 1' in text
    (line,) = [line for line in index.audit_text().splitlines() if '"event": "fallback"' in line]
    assert '"project": "leafpkg"' in line


def test_an_address_with_too_many_refused_tokens_is_told_to_wait_and_good_ones_pass(
    tmp_path: Path, public: PublicIndex
) -> None:
    with index_in_process(tmp_path / "s", public_index=public.url, failures_per_minute="5") as index:
        with index.client("slix_wrong") as client:
            statuses = [client.get("/fiftyone/").status_code for _ in range(8)]
            assert statuses == [401] * 5 + [429] * 3
            assert client.get("/fiftyone/").headers["retry-after"] == "60"
        with index.client(index.token()) as client:
            assert client.get("/whoami").status_code == 200


def test_no_output_of_the_program_holds_a_token(tmp_path: Path) -> None:
    with index_program(tmp_path / "state", fallback="off") as index:
        good, bad = index.token(Scope.ADMIN), TokenText.generate().reveal()
        wheel = make_wheel(tmp_path, "acme", "1.0")
        for token in (good, bad):
            with index.client(token) as client:
                client.get("/acme/")
                client.post(
                    "/", data={":action": "file_upload"}, files={"content": (wheel.name, wheel.read_bytes())}
                )
                client.get(f"/packages/{wheel.name}")
                client.get("/simple/%ff%fe/")
        # One that speaks no HTTP: the server complains, and shall not quote.
        with socket.create_connection(("127.0.0.1", index.settings.port)) as connection:
            connection.sendall(f"GET /{good} HTTP/nine\r\nAuthorization: {good}\r\n\r\n".encode())
            connection.recv(1000)
    for file in (tmp_path / "state").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert good.encode() not in content, file
            assert bad.encode() not in content, file
    assert '"event": "upload"' in index.audit_text()
    assert '"event": "download"' in index.audit_text()
    assert '"reason": "InvalidTokenError"' in index.audit_text()
