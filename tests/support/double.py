"""What the local doubles of providers' HTTP services share: threads, routes, answers, bodies, ranges."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Request:
    """What came in.

    Attributes:
        method: such as GET
        target: path and query as they came, undecoded
        path: decoded by segment: `%2F` is a slash of the segment
        query: decoded
        headers: by name in lower case
        body: all of it
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def raw_path(self) -> str:
        return urlsplit(self.target).path

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass
class Answer:
    """What goes out; a dict or a list as body is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """Ends a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def ranged(request: Request, body: bytes, headers: dict[str, str], refuse: Callable[[], Refusal]) -> Answer:
    """The object, or the part of it that the Range header asks for (RFC 9110, 14.2)."""
    matched = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if not matched:
        return Answer(200, body, headers)
    start = int(matched[1])
    if start >= len(body):
        raise refuse()
    end = min(int(matched[2] or len(body) - 1), len(body) - 1)
    return Answer(206, body[start : end + 1], headers | {"Content-Range": f"bytes {start}-{end}/{len(body)}"})


class Service:
    """One double: `answer` is called in many threads, one at a time.

    Attributes:
        url: where it listens
        requests: what came in, in order
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.lock = threading.RLock()

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listen on a free loopback port for the time of a `with` block."""
        with _Server(("127.0.0.1", 0), _Handler) as server:
            server.service = self
            self.url = f"http://127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    service: Service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out in two writes
    server: _Server

    def handle_any(self) -> None:
        request = Request(
            self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self._read_body()
        )
        with self.server.service.lock:
            self.server.service.requests.append(request)
            try:
                answer = self.server.service.answer(request)
            except Refusal as refusal:
                answer = refusal.answer
        content = answer.content()
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(content))} | answer.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status != 204:
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the base class calls them so

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silence."""
