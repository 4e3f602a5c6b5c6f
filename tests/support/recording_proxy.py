"""An HTTP proxy in front of a server, which writes down every request that passes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import unquote, urlsplit

_HOP_BY_HOP: Final = {"connection", "keep-alive", "transfer-encoding"}
_PIECE: Final = 64 * 1024


@dataclass
class Request:
    """One request, and how it was answered.

    Attributes:
        method: GET, HEAD, PUT ...
        path: unquoted, without the query
        range: the Range header, or None
        status: of the answer
        sent: bytes of the answer's body, so far: a client may stop listening
        query: as it came, without its question mark
        received: bytes of the request's body
    """

    method: str
    path: str
    range: str | None
    status: int
    sent: int
    query: str = ""
    received: int = 0


@dataclass
class RecordingProxy:
    """What a test knows about a running proxy.

    Attributes:
        url: `http://127.0.0.1:PORT`
        requests: everything that passed, in the order of the answers
    """

    url: str
    requests: list[Request] = field(default_factory=list)

    def of(self, *methods: str) -> list[Request]:
        """The requests with one of these methods."""
        return [request for request in self.requests if request.method in methods]


@contextmanager
def recording_proxy(target: str) -> Iterator[RecordingProxy]:
    """Run a proxy on a free loopback port. It hands on the Host header, which S3 and Google sign."""
    address = urlsplit(target).netloc
    proxy = RecordingProxy("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection(address, timeout=30)
            upstream.request(self.command, self.path, body or None, dict(self.headers.items()))
            answer = upstream.getresponse()
            whole = None if "Content-Length" in answer.headers else answer.read()
            # Written down first: whoever has the answer may look at once.
            path, _, query = self.path.partition("?")
            range_ = self.headers.get("Range")
            seen = Request(self.command, unquote(path), range_, answer.status, 0, query, len(body))
            proxy.requests.append(seen)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value.replace(target, proxy.url))  # where an upload goes on
            if whole is not None and self.command != "HEAD":
                self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self._send(seen, iter(lambda: answer.read(_PIECE), b"") if whole is None else [whole])
            upstream.close()

        def _send(self, seen: Request, pieces: Iterable[bytes]) -> None:
            try:
                for piece in pieces:
                    seen.sent += len(piece)
                    self.wfile.write(piece)
            except ConnectionError:  # the client has enough
                self.close_connection = True

        do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _forward  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
