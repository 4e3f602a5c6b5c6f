"""A server that gives the answers of another one again: `python -m benchmarks.replay UPSTREAM`.

Emulators spend several times as long on a request as the clients that are to be compared. So the first answer
to each kind of request is the emulator's own, and this server repeats it, headers and body, for all objects
alike: what is measured is then the clients. It prints its URL, and runs until it is ended.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import sys
from typing import Any, Final
from urllib.parse import urlsplit

_OBJECT: Final = re.compile(rb"/\d{5}\.bin")
_END: Final = b"\r\n\r\n"
_NOT_REPEATED: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date"})


class _Replay(asyncio.Protocol):
    answers: Final[dict[tuple[bytes, bytes, bool], bytes]] = {}
    upstream = ""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while _END in self._received:
            head, _, self._received = self._received.partition(_END)
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
        kind = method, _OBJECT.sub(b"/object", target), b"range: " in head.lower()
        if kind not in self.answers:
            self.answers[kind] = self._ask(method.decode(), target.decode(), head)
        return self.answers[kind]

    def _ask(self, method: str, target: str, head: bytes) -> bytes:
        connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for line in head.decode().split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        kept = [(k, v) for k, v in response.getheaders() if k.lower() not in _NOT_REPEATED]
        length = response.headers.get("Content-Length", str(len(body)))
        lines = [f"{name}: {value}" for name, value in [*kept, ("Content-Length", length)]]
        status = f"HTTP/1.1 {response.status} {response.reason}"
        return "\r\n".join([status, *lines]).encode() + _END + body


async def main(upstream: str) -> None:
    _Replay.upstream = upstream
    server = await asyncio.get_running_loop().create_server(_Replay, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1]))
