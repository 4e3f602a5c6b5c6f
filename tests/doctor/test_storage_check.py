"""Every hop between a script and an object: which one fails is named, with what to do."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from safelight import runtime
from safelight.cli import main
from safelight.doctor import hops
from safelight.doctor.report import Outcome
from support.naughty import Naughty, Status, naughty_proxy
from support.s3_server import S3Server

Run = Callable[..., tuple[int, dict[str, dict[str, str]]]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `safelight storage check`; returns its status and the findings by hop."""

    def run(*arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
        runtime.reset()
        status = main(["storage", "check", "--json", *arguments])
        findings = json.loads(capsys.readouterr().out)["findings"]
        return status, {finding["hop"]: finding for finding in findings}

    return run


@pytest.fixture
def url(s3_environment: S3Server, bucket: str) -> str:
    runtime.reset()
    s3_environment.client().put_object(Bucket=bucket, Key="images/a b.jpg", Body=b"picture")
    return f"s3://{bucket}/images/a b.jpg"


@pytest.fixture
def naughty(s3_environment: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Naughty]:
    with naughty_proxy(s3_environment.endpoint_url) as proxy:
        monkeypatch.setenv("S3_ENDPOINT_URL", proxy.url)
        yield proxy


def test_everything_works(check: Run, url: str) -> None:
    status, found = check(url, "--write")
    assert status == 0
    assert {hop: finding["outcome"] for hop, finding in found.items()} == {
        hop: "ok"
        for hop in (
            "address",
            "credentials",
            "DNS",
            "TCP",
            "clock",
            "list",
            "read",
            "sign",
            "signed URL",
            "CORS rules",
            "write",
        )
        if hop != "sign"
    }
    assert "testkey" in found["credentials"]["detail"]
    assert "testsecret" not in json.dumps(found)
    assert "one byte of 7" in found["read"]["detail"]


def test_a_bucket_is_enough(check: Run, url: str) -> None:
    status, found = check(url.rpartition("/images")[0])
    assert status == 0
    assert "a b.jpg" in found["read"]["detail"]


def test_nothing_is_left_behind(check: Run, url: str, s3: S3Server) -> None:
    check(url, "--write")
    bucket = url.split("/")[2]
    assert [each["Key"] for each in s3.client().list_objects_v2(Bucket=bucket)["Contents"]] == [
        "images/a b.jpg"
    ]


def test_the_name_of_the_endpoint(check: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://no-such-host.invalid:9000")
    status, found = check(url)
    assert status == 1
    assert found["DNS"]["outcome"] == "failed"
    assert "no-such-host.invalid" in found["DNS"]["detail"]
    assert "list" not in found, "what lies behind is not asked"


def test_the_connection(check: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("S3_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    status, found = check(url)
    assert (status, found["TCP"]["outcome"]) == (1, "failed")
    assert "firewalls" in found["TCP"]["remedy"]


def test_something_that_is_no_web_server(check: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def greet() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"220 mail.example ESMTP\r\n")

        threading.Thread(target=greet, daemon=True).start()
        monkeypatch.setenv("S3_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        status, found = check(url)
        server.shutdown(socket.SHUT_RDWR)
    assert (status, found["HTTP"]["outcome"]) == (1, "failed")


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A TLS server whose certificate nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_certificate_that_is_not_trusted(
    check: Run, url: str, tls_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_ENDPOINT_URL", f"https://localhost:{tls_port}")
    status, found = check(url)
    assert (status, found["TLS"]["outcome"]) == (1, "failed")
    assert "AWS_CA_BUNDLE" in found["TLS"]["remedy"]


def test_a_server_without_tls(check: Run, url: str, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ENDPOINT_URL", s3.endpoint_url.replace("http:", "https:"))
    status, found = check(url)
    assert (status, found["TLS"]["outcome"]) == (1, "failed")
    assert "http://" in found["TLS"]["remedy"]


def test_a_clock_that_is_wrong(check: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hops, "LARGEST_SKEW", -1.0)
    status, found = check(url)
    assert (status, found["clock"]["outcome"]) == (1, "failed")
    assert "NTP" in found["clock"]["remedy"]


def test_a_secret_that_is_wrong(check: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2hunter2")
    status, found = check(url)
    assert (status, found["authentication"]["outcome"]) == (1, "failed")
    assert "whoami" in found["authentication"]["remedy"]
    assert "hunter2" not in json.dumps(found)


def test_a_right_that_is_missing(check: Run, url: str, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.reader_access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.reader_secret_key)
    status, found = check(url, "--write")
    assert status == 1
    assert found["read"]["outcome"] == "ok"
    assert found["write (permission)"]["outcome"] == "failed"


def test_a_key_that_is_not_there(check: Run, url: str) -> None:
    status, found = check(url.replace("a b", "a%20b"))
    assert (status, found["object"]["outcome"]) == (1, "failed")
    assert "spaces" in found["object"]["remedy"]


def test_a_bucket_that_is_not_there(check: Run, url: str) -> None:
    status, found = check("s3://no-such-bucket-here/a.jpg")
    assert status == 1
    assert found["list"]["outcome"] == "warning"
    assert found["bucket"]["outcome"] == "failed"


def test_a_store_that_knows_no_newer_checksums(check: Run, url: str, naughty: Naughty) -> None:
    naughty.inject(Status(501, "NotImplemented"), method="PUT")
    status, found = check(url, "--write")
    assert (status, found["write (checksum support)"]["outcome"]) == (1, "failed")
    assert "request_checksum_calculation" in found["write (checksum support)"]["remedy"]


def test_a_store_that_asks_to_slow_down(check: Run, url: str, naughty: Naughty) -> None:
    naughty.inject(Status(503, "SlowDown"))
    status, found = check(url)
    assert status == 1
    assert found["server"]["outcome"] == "failed"


def test_signed_urls_that_are_refused(check: Run, url: str, naughty: Naughty) -> None:
    naughty.inject(Status(403, "SignatureDoesNotMatch"), path="X-Amz-Signature")
    status, found = check(url)
    assert (status, found["signed URL"]["outcome"]) == (1, "failed")
    assert found["read"]["outcome"] == "ok"


@pytest.mark.parametrize("origin", ["app.example.com", "https://app.example.com/", "https://a.example.com/x"])
def test_what_no_browser_sends_as_an_origin_is_refused(
    url: str, origin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["storage", "cors", "apply", url, "--origin", origin])
    assert "write it like https://app.example.com" in capsys.readouterr().err


def test_browsers(check: Run, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    origin = "https://app.example.com"
    assert main(["storage", "cors", "apply", url, "--origin", "https://other.example.com"]) == 0
    capsys.readouterr()
    status, found = check(url, "--origin", origin)
    assert (status, found["CORS answer"]["outcome"]) == (1, "failed")
    assert f"cors apply s3://{url.split('/')[2]} --origin {origin}" in found["CORS answer"]["remedy"]
    assert main(["storage", "cors", "apply", url, "--origin", origin]) == 0
    capsys.readouterr()
    status, found = check(url, "--origin", origin)
    assert (status, found["CORS answer"]["outcome"]) == (0, "ok")
    assert origin in found["CORS rules"]["detail"]
    assert main(["storage", "cors", "show", url]) == 0
    (rule,) = json.loads(capsys.readouterr().out)
    assert (rule["origins"], rule["methods"]) == ([origin], ["GET", "HEAD"])


def test_an_address_that_means_nothing(check: Run) -> None:
    status, found = check("s3:///key")
    assert (status, found["address"]["outcome"]) == (1, "failed")


def test_a_web_address(check: Run, url: str, s3: S3Server) -> None:
    status, found = check(s3.endpoint_url + "/healthz")
    assert status == 0
    assert found["list"]["outcome"] == Outcome.LEFT_OUT
    assert found["CORS rules"]["outcome"] == Outcome.LEFT_OUT


def test_the_report_for_people(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    runtime.reset()
    assert main(["storage", "check", url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("+ address")
    assert any(line.startswith("+ signed URL") for line in lines)
