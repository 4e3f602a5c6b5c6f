"""A reverse proxy that misbehaves on request: in front of a real store it shows what a bad network does.

    client ──► Naughty ──► store
               inject(Truncate(100), times=2)     the next two answers are cut

The Host header goes through unchanged, because AWS signatures cover it.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@dataclass
class Answer:
    """The store's answer, to be spoiled: `length` is what is announced, None announces nothing."""

    status: int
    headers: dict[str, str]
    body: bytes
    length: int | None


class Client(Protocol):
    """The connection to the client, as a fault uses it."""

    def send_answer(self, answer: Answer, body: bytes | None = None) -> None: ...
    def write(self, data: bytes) -> None: ...
    def hang_up(self) -> None: ...


class Fault(Protocol):
    """Spoils an answer on its way to the client."""

    def apply(self, answer: Answer, client: Client) -> None: ...


@dataclass(frozen=True)
class Status:
    """Answers with this status instead of the store's answer."""

    status: int
    code: str = ""

    def apply(self, answer: Answer, client: Client) -> None:
        body = f"<Error><Code>{self.code}</Code><Message>m</Message></Error>".encode() if self.code else b""
        client.send_answer(Answer(self.status, {}, body, len(body)))


@dataclass(frozen=True)
class Truncate:
    """Announces the whole body, sends this much of it, and hangs up."""

    after: int

    def apply(self, answer: Answer, client: Client) -> None:
        client.send_answer(answer, answer.body[: self.after])
        client.hang_up()


@dataclass(frozen=True)
class Stall:
    """Sends this much of the body, then nothing for some seconds; -1 does not even send the headers."""

    after: int
    seconds: float

    def apply(self, answer: Answer, client: Client) -> None:
        if self.after >= 0:
            client.send_answer(answer, answer.body[: self.after])
        time.sleep(self.seconds)
        client.hang_up()


@dataclass(frozen=True)
class Lie:
    """Announces a length that is wrong by this much."""

    by: int

    def apply(self, answer: Answer, client: Client) -> None:
        answer.length = (answer.length or 0) + self.by
        client.send_answer(answer)
        client.hang_up()


@dataclass(frozen=True)
class Retag:
    """Gives the object another ETag."""

    etag: str

    def apply(self, answer: Answer, client: Client) -> None:
        others = {k: v for k, v in answer.headers.items() if k.lower() != "etag"}
        answer.headers = others | {"ETag": self.etag}
        client.send_answer(answer)


@dataclass(frozen=True)
class Corrupt:
    """Flips the bits of one byte of the body."""

    at: int = 0

    def apply(self, answer: Answer, client: Client) -> None:
        body = bytearray(answer.body)
        body[self.at] ^= 0xFF
        answer.body = bytes(body)
        client.send_answer(answer)


@dataclass(frozen=True)
class Drip:
    """Sends a byte at a time with a pause after each: never silent for long, never done."""

    pause: float

    def apply(self, answer: Answer, client: Client) -> None:
        client.send_answer(answer, b"")
        for byte in answer.body:
            client.write(bytes([byte]))
            time.sleep(self.pause)


@dataclass(frozen=True)
class HangUp:
    """Closes the connection instead of answering."""

    def apply(self, answer: Answer, client: Client) -> None:
        client.hang_up()


@dataclass(frozen=True)
class Strip:
    """Leaves headers out, Content-Length included if it is named."""

    names: tuple[str, ...]

    def apply(self, answer: Answer, client: Client) -> None:
        names = {name.lower() for name in self.names}
        answer.headers = {k: v for k, v in answer.headers.items() if k.lower() not in names}
        if "content-length" in names:
            answer.length = None
        client.send_answer(answer)
        if answer.length is None:
            client.hang_up()


@dataclass
class _Rule:
    fault: Fault
    times: int
    method: re.Pattern[str]
    path: re.Pattern[str]
    skip: int


@dataclass
class Naughty:
    """A proxy in front of one server.

    Attributes:
        url: where it listens
        requests: `(method, path with query)` of what came in, in order
        watch: is told the headers of every request
    """

    upstream: str
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    watch: Callable[[dict[str, str]], object] = field(default=lambda headers: None)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(
        self, fault: Fault, *, times: int = 1 << 30, method: str = "", path: str = "", skip: int = 0
    ) -> None:
        """Spoil answers.

        Args:
            fault: how
            times: how many of them
            method: only to methods that this expression matches; empty for all
            path: only where this expression is found in the path
            skip: leave the first so many alone
        """
        self._rules.append(_Rule(fault, times, re.compile(method or ".*"), re.compile(path), skip))

    def behave(self) -> None:
        """Forget all faults and all requests."""
        with self._lock:
            self._rules.clear()
            self.requests.clear()

    def fault_for(self, method: str, path: str) -> Fault | None:
        """Note a request, and say how to spoil its answer."""
        with self._lock:
            self.requests.append((method, path))
            for rule in self._rules:
                if not rule.method.fullmatch(method) or not rule.path.search(path) or rule.times <= 0:
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule.fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    naughty: Naughty

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is what the tests are about: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out in two writes
    server: _Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        naughty = self.server.naughty
        naughty.watch(dict(self.headers))
        fault = naughty.fault_for(self.command, self.path)
        answer = self._ask(naughty.upstream, body)
        if fault:
            fault.apply(answer, self)
        else:
            self.send_answer(answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the base class calls them so
    do_OPTIONS = do_PROPFIND = do_MKCOL = do_MOVE = do_COPY = handle_any  # noqa: N815 - as above

    def _ask(self, upstream: str, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            content = response.read()
            headers = {k: v for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP}
            length = int(response.headers.get("Content-Length", len(content)))
            return Answer(response.status, headers, content, length)
        finally:
            connection.close()

    def send_answer(self, answer: Answer, body: bytes | None = None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length is not None:
            self.send_header("Content-Length", str(answer.length))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.write(answer.body if body is None else body)

    def write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silence."""


@contextmanager
def naughty_proxy(upstream: str) -> Iterator[Naughty]:
    """A proxy in front of `upstream` (`http://host:port`) for the time of a `with` block."""
    naughty = Naughty(upstream)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.naughty = naughty
        naughty.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield naughty
        finally:
            server.shutdown()
            thread.join()
