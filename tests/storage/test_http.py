"""Web servers as they are: no HEAD, no ranges, no lengths, redirects, passwords, codings."""

from __future__ import annotations

import base64
import gzip
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from safelight.errors import (
    AccessDeniedError,
    CredentialsError,
    EndpointError,
    IntegrityError,
    InvalidURIError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StorageError,
    StorageTimeoutError,
    StoreUnavailableError,
)
from safelight.storage import transfer
from safelight.storage.addresses import Addresses
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.naughty import Corrupt, Drip, HangUp, Naughty, Stall, Status, Strip, Truncate, naughty_proxy
from support.stores import QUICK, Rig

BODY = bytes(range(256)) * 5000


@dataclass
class Site:
    """A web server with habits.

    Attributes:
        url: its root
        seen: `(method, path with query, headers)` of every request
    """

    url: str
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def uri(self, path: str) -> ObjectURI:
        return Addresses().parse(self.url + path)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def handle_any(self) -> None:
        self.site.seen.append((self.command, self.path, dict(self.headers)))
        getattr(self, "serve_" + urllib.parse.urlsplit(self.path).path.split("/")[1].replace("-", "_"))()

    do_GET = do_HEAD = handle_any  # noqa: N815 - the base class calls them so

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve_plain(self) -> None:
        self.answer(200, BODY, ETag='"plain"', Content_Type="image/jpeg")

    def serve_get_only(self) -> None:
        if self.command == "HEAD":
            self.answer(403)
        else:
            self.serve_plain()

    def serve_chunked(self) -> None:
        chunks = [BODY[start : start + 100_000] for start in range(0, len(BODY), 100_000)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
        self.answer(200, framed, Transfer_Encoding="chunked")

    def serve_cut_chunked(self) -> None:
        self.answer(200, b"%x\r\n%s\r\n" % (len(BODY), BODY), Transfer_Encoding="chunked")
        self.close_connection = True

    def serve_until_closed(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(BODY)
        self.close_connection = True

    def serve_gzipped(self) -> None:
        self.answer(200, gzip.compress(BODY), Content_Encoding="gzip")

    def serve_empty(self) -> None:
        self.answer(200)

    def serve_digest(self) -> None:
        self.answer(200, BODY, Content_MD5="1B2M2Y8AsgTpgAmY7PhCfg==")

    def serve_redirect(self) -> None:
        self.answer(302, Location=f"/plain{self.path.removeprefix('/redirect')}")

    def serve_circle(self) -> None:
        self.answer(302, Location="/circle")

    def serve_private(self) -> None:
        wanted = "Basic " + base64.b64encode(b"user:p@ss").decode()
        if self.headers.get("Authorization") == wanted:
            self.serve_plain()
        else:
            self.answer(401)

    def serve_gone(self) -> None:
        self.answer(410)

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site("")
    handler = type("Handler", (_Handler,), {"site": site})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["plain", "get-only", "chunked", "until-closed", "gzipped", "redirect/x"])
def test_every_kind_of_server_gives_the_object(site: Site, http_rig: Rig, tmp_path: Path, path: str) -> None:
    uri = site.uri(f"/{path}/photo.jpg?token=1")
    store = http_rig.store
    assert http_rig.run(store.head(uri)).size == len(BODY)
    info = http_rig.run(transfer.download(store, uri, tmp_path / "t"))
    assert info.size == len(BODY)
    assert (tmp_path / "t").read_bytes() == BODY
    data, info = http_rig.run(store.get_range(uri, 1000, 500))
    assert (data, info.size) == (BODY[1000:1500], len(BODY))
    with pytest.raises(RangeNotSatisfiableError):
        http_rig.run(store.get_range(uri, len(BODY), 1))


def test_head_of_an_empty_object_without_head(site: Site, http_rig: Rig) -> None:
    assert http_rig.run(http_rig.store.head(site.uri("/empty"))).size == 0


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/plain/a?sig=a%2Fb%3D&x=1+2", "/plain/a?sig=a%2Fb%3D&x=1+2"),
        ("/plain/a%20b.jpg", "/plain/a%20b.jpg"),
        ("/plain/a b.jpg", "/plain/a%20b.jpg"),
        ("/plain/é.jpg", "/plain/%C3%A9.jpg"),
        ("/plain//a//b.jpg", "/plain//a//b.jpg"),
        ("/plain/a.jpg#fragment", "/plain/a.jpg"),
    ],
)
def test_what_is_sent_of_the_address(site: Site, http_rig: Rig, written: str, sent: str) -> None:
    http_rig.run(http_rig.store.head(site.uri(written)))
    assert [path for _, path, _ in site.seen] == [sent]


def test_user_and_password_are_sent_as_a_header(site: Site, http_rig: Rig) -> None:
    uri = Addresses().parse(site.url.replace("http://", "http://user:p%40ss@") + "/private/a.jpg")
    assert http_rig.run(http_rig.store.head(uri)).size == len(BODY)
    with pytest.raises(CredentialsError):
        http_rig.run(http_rig.store.head(site.uri("/private/a.jpg")))


def test_connections_are_kept(site: Site, http_rig: Rig, tmp_path: Path) -> None:
    for _ in range(5):
        http_rig.run(transfer.download(http_rig.store, site.uri("/plain/a"), tmp_path / "t"))
        http_rig.run(http_rig.store.head(site.uri("/plain/a")))
    assert len(site.seen) == 10, "one request per download, one per head"


def test_content_md5_is_believed(site: Site, http_rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="digest"):
        http_rig.run(transfer.download(http_rig.store, site.uri("/digest/a"), tmp_path / "t", QUICK))


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/circle", EndpointError),
        ("/gone", ObjectNotFoundError),
        ("/cut-chunked/a", (IntegrityError, StoreUnavailableError)),
    ],
)
def test_servers_that_do_not_deliver(
    site: Site, http_rig: Rig, tmp_path: Path, path: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=path):
        http_rig.run(transfer.download(http_rig.store, site.uri(path), tmp_path / "t", QUICK))


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("http://127.0.0.1:{port}/a", StoreUnavailableError),
        ("http://no-such-host.invalid/a", StoreUnavailableError),
        ("https://{site}/a", StoreUnavailableError),
        ("http://[::1/a", InvalidURIError),
        ("http://host:port/a", InvalidURIError),
    ],
)
def test_addresses_without_a_server(site: Site, http_rig: Rig, address: str, error: type[Exception]) -> None:
    text = address.format(port=find_free_port(), site=site.url.partition("://")[2])
    with pytest.raises(error):
        http_rig.run(http_rig.store.get(Addresses().parse(text)))


@pytest.fixture
def broken(site: Site) -> Iterator[Naughty]:
    with naughty_proxy(site.url) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(503), StoreUnavailableError),
        (Status(403), AccessDeniedError),
        (Status(404), ObjectNotFoundError),
        (Status(418), StorageError),
        (HangUp(), StoreUnavailableError),
        (Truncate(1000), (IntegrityError, StoreUnavailableError)),
        (Stall(-1, 3), StorageTimeoutError),
        (Stall(1000, 3), StorageTimeoutError),
        (Drip(0.05), StorageTimeoutError),
    ],
    ids=repr,
)
def test_faults(
    broken: Naughty, http_rig: Rig, tmp_path: Path, fault: Status, error: type[Exception]
) -> None:
    broken.inject(fault)
    uri = Addresses().parse(f"{broken.url}/plain/photo.jpg?secret=hunter2")
    with pytest.raises(error, match=r"plain/photo\.jpg") as caught:
        http_rig.run(transfer.download(http_rig.store, uri, tmp_path / "t", QUICK))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("fault", [Status(503), HangUp(), Truncate(1000)], ids=repr)
def test_passing_faults_are_overcome(broken: Naughty, http_rig: Rig, tmp_path: Path, fault: Status) -> None:
    broken.inject(fault, times=1)
    uri = Addresses().parse(f"{broken.url}/plain/photo.jpg")
    http_rig.run(transfer.download(http_rig.store, uri, tmp_path / "t", QUICK))
    assert (tmp_path / "t").read_bytes() == BODY


def test_bytes_cannot_be_checked_without_a_digest(broken: Naughty, http_rig: Rig, tmp_path: Path) -> None:
    broken.inject(Corrupt())
    uri = Addresses().parse(f"{broken.url}/plain/photo.jpg")
    assert http_rig.run(transfer.download(http_rig.store, uri, tmp_path / "t", QUICK)).md5 is None


def test_presigned_addresses(s3_rig: Rig, http_rig: Rig, tmp_path: Path) -> None:
    uri = s3_rig.fill("signed 100%.jpg", b"signed")
    text = s3_rig.run(s3_rig.store.sign(uri, expires=timedelta(minutes=5)))
    signed = Addresses().parse(text)
    assert http_rig.run(http_rig.store.head(signed)).size == 6
    http_rig.run(transfer.download(http_rig.store, signed, tmp_path / "t"))
    assert (tmp_path / "t").read_bytes() == b"signed"


def test_no_content_length(broken: Naughty, http_rig: Rig) -> None:
    broken.inject(Strip(("Content-Length",)))
    uri = Addresses().parse(f"{broken.url}/plain/photo.jpg")
    assert http_rig.run(http_rig.store.head(uri)).size == len(BODY)
