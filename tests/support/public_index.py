"""A public index on another host: HTML pages only, hostile, and with a good memory for what it was told."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote


@dataclass
class PublicIndex:
    """What a test knows of the index.

    Attributes:
        directory: the files that it offers, each under the project that its name begins with
        url: address of its project list
        requests: path and headers of every request so far
    """

    directory: Path
    url: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Paths of the requests so far."""
        return [path for path, _ in self.requests]

    def told(self, secret: str) -> bool:
        """Whether any request showed a secret or any credentials."""
        return any(
            "authorization" in headers or secret in f"{path} {headers}" for path, headers in self.requests
        )


@contextmanager
def public_index(directory: Path) -> Iterator[PublicIndex]:
    """Serve the files of a directory as a public index on `localhost`."""
    index = PublicIndex(directory)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            index.requests.append((unquote(self.path), headers))
            content_type, content = _answer(directory, unquote(self.path))
            self.send_response(200 if content_type else 404)
            self.send_header("Content-Type", content_type or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        index.url = f"http://127.0.0.1:{server.server_port}/simple/"
        yield index
        server.shutdown()
        thread.join()


def _answer(directory: Path, path: str) -> tuple[str, bytes]:
    kind, _, rest = path.strip("/").partition("/")
    if kind == "files" and (directory / Path(rest).name).is_file():
        return "application/octet-stream", (directory / Path(rest).name).read_bytes()
    files = [file for file in sorted(directory.iterdir()) if file.name.split("-", 1)[0] == rest]
    if kind != "simple" or not files:
        return "", b"not found"
    return "text/html", f"<!DOCTYPE html><html><body>{' '.join(map(_link, files))}</body></html>".encode()


def _link(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f'<a href="/files/{quote(file.name)}#sha256={digest}">{file.name}</a>'
