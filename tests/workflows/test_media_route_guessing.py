"""Nobody gets from the App's media route what no dataset refers to: not by guessing, and not by redirects."""

from __future__ import annotations

import itertools
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
import trustme

from safelight import runtime
from safelight.dropin.app.signed_paths import signed_path
from support.cloud import Cloud
from support.media_route import fetch, fetch_raw
from support.pictures import encode, photograph
from support.recording_proxy import RecordingProxy

PICTURE = encode(photograph("coffee"))

_INTERNAL: Final = (
    "169.254.169.254",
    "metadata.google.internal",
    "localhost",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[fd00:ec2::254]",
)
_SCHEMES: Final = ("http", "https", "ftp", "gopher", "file", "s3", "gs", "memory", "data", "dbfs")

_GUESSES: Final = (
    "/.safelight/{signature}/s3:/{bucket}/other.jpg",
    "/.safelight/{signature}/s3:/{bucket}/{folder}/secret.jpg",
    "/.safelight/{signature}/s3:/{bucket}/{folder}/a.jpg/../secret.jpg",
    "/.safelight/{signature}/s3:/{bucket}/{folder}/a.jpg%2f..%2fsecret.jpg",
    "/.safelight/{signature}/s3:/{bucket}/{folder}/a.jpg%00",
    "/.safelight/{signature}/s3:/{bucket}/{folder}/a.jpg?versionId=1",
    "/.safelight/{signature}/s3:/{bucket}/{folder}/A.JPG",
    "/.safelight/{signature}/S3:/{bucket}/{folder}/a.jpg",
    "/.safelight/{signature}/s3:/{bucket}//{folder}/a.jpg",
    "/.safelight/{signature}/s3:\\{bucket}\\{folder}\\a.jpg",
    "/.safelight/{signature}/s3:/another-bucket/{folder}/a.jpg",
    "/.safelight/{signature}/gs:/{bucket}/{folder}/a.jpg",
    "/.safelight/{signature}//etc/passwd",
    "/.safelight/{signature}/../../etc/passwd",
    "/.safelight/{signature}/",
    "/.safelight/{signature}",
    "/.safelight//s3:/{bucket}/{folder}/secret.jpg",
    "/.safelight/../../etc/passwd",
    "/.safelight/" + "0" * 32 + "/s3:/{bucket}/{folder}/secret.jpg",
    "s3://{bucket}/{folder}/secret.jpg",
    "/s3:/{bucket}/{folder}/secret.jpg",
    "file:///etc/passwd",
    "http://127.0.0.1:1/secret.jpg",
)


@pytest.fixture
def signature(cloud: Cloud, requests_seen: RecordingProxy) -> str:
    """A good signature, of another object."""
    cloud.put("secret.jpg", b"secret")
    signature = signed_path(cloud.put("a.jpg", PICTURE)).split("/")[2]
    requests_seen.requests.clear()
    return signature


@pytest.mark.parametrize("guess", _GUESSES)
def test_guesses(cloud: Cloud, requests_seen: RecordingProxy, signature: str, guess: str) -> None:
    asked = guess.format(signature=signature, bucket=cloud.bucket, folder=cloud.folder)
    for query in (quote(asked, safe=""), quote(quote(asked, safe=""), safe=""), quote(asked).upper()):
        assert fetch_raw(f"filepath={query}").status_code == 404
    assert requests_seen.requests == [], "the store is not even asked"


def test_internal_addresses(requests_seen: RecordingProxy, signature: str) -> None:
    for scheme, host in itertools.product(_SCHEMES, _INTERNAL):
        for form in (f"/.safelight/{signature}/{scheme}:/{host}/latest/meta-data", f"{scheme}://{host}/x"):
            assert fetch(form).status_code == 404, form
    assert requests_seen.requests == []


def test_the_last_of_several_paths_is_no_way_round(cloud: Cloud, signature: str) -> None:
    good, bad = quote(signed_path(cloud.url("a.jpg")), safe=""), quote("s3://b/secret.jpg", safe="")
    for query in (f"filepath={good}&filepath={bad}", f"filepath={bad}&filepath={good}"):
        answer = fetch_raw(query)
        assert answer.content == PICTURE if answer.status_code == 200 else answer.status_code == 404


def test_a_key_with_dots_is_a_key(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the cache: what a dataset calls `../../etc/passwd` is an object of that name, or nothing."""
    for kept in ("false", "true"):
        monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_APP_IMAGES", kept)
        runtime.reset()
        for key in ("../../../../../../etc/passwd.jpg", "..%2f..%2fetc/passwd.jpg", "..\\..\\passwd.jpg"):
            answer = fetch(signed_path(cloud.url(key)))
            assert answer.status_code in {404, 502}  # 502: the store refuses such a key
            assert b"root:" not in answer.content


@pytest.mark.parametrize("kept", ["false", "true"])
def test_ranges_that_lie(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_APP_IMAGES", kept)
    runtime.reset()
    path, size = signed_path(cloud.put("a.jpg", PICTURE)), len(PICTURE)
    for too_far in (f"bytes={size}-", f"bytes={10**17}-", f"bytes={size}-{10**17}"):
        refused = fetch(path, Range=too_far)
        assert refused.status_code == 416
        assert refused.headers["content-range"].endswith(f"*/{size}")
    assert fetch(path, Range=f"bytes=5-{10**17}").content == PICTURE[5:]
    assert fetch(path, Range=f"bytes=-{10**17}").content == PICTURE
    assert fetch(path, Range="bytes=-3").content == PICTURE[-3:]
    for strange in ("bytes=9-5", "bytes=--5", "bytes=a-b", "lines=1-2", "bytes=" + "9" * 400 + "-"):
        answer = fetch(path, Range=strange)
        assert answer.status_code in {200, 400, 416}
        assert answer.status_code != 200 or answer.content == PICTURE
    head = fetch(path, "HEAD", Range="bytes=0-9")
    assert (head.status_code, head.headers["content-length"], head.content) == (206, "10", b"")


def test_many_ranges_do_not_multiply_the_work(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    path = signed_path(cloud.put("a.mp4", PICTURE))
    requests_seen.requests.clear()
    answer = fetch(path, Range="bytes=" + ",".join(["0-"] * 500))
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert sum(request.sent for request in requests_seen.requests) == len(PICTURE)


@contextmanager
def _web_server(handle: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handle)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kept", ["false", "true"])
def test_redirects_are_not_followed_to_internal_addresses(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, kept: str
) -> None:
    """Not when a store sends us there: internal services speak plain HTTP, clients of TLS stores do not."""
    authority, context, asked = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    stored: list[str] = []

    class Internal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(206)
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Wed, 25 Nov 2026 12:00:00 GMT")
            self.send_header("Content-Range", "bytes 0-5/6")
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"secret")

        do_HEAD = do_GET  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            pass

    with _web_server(Internal) as internal:

        class Store(Internal):
            def do_GET(self) -> None:
                stored.append(self.path)
                self.send_response(status)
                self.send_header("Location", f"{internal}/latest/meta-data/iam")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_HEAD = do_GET  # noqa: N815 - names of the standard library

        with _web_server(Store, context) as store:
            monkeypatch.setenv("S3_ENDPOINT_URL", store)
            monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
            monkeypatch.setenv("FIFTYONE_MEDIA_CACHE_APP_IMAGES", kept)
            runtime.reset()
            answer = fetch(signed_path("s3://bucket/a.jpg"))
            runtime.reset()
    assert answer.status_code >= 400
    assert b"secret" not in answer.content
    assert stored
    assert asked == []
