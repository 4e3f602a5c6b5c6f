"""A time limit for whole answers, in httpx, which limits only each silence: else a slow drip never ends.

What breaks off is told as the builtin exceptions: webdav4 would answer httpx's own by asking for the rest,
again and again, of whatever file is there by then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx


class TimeLimit:
    """A hook for answers (`event_hooks={"response": [...]}`).

    Args:
        seconds: how long an answer's body may take
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, response: httpx.Response) -> None:
        response.stream = _Limited(response.stream, time.monotonic() + self._seconds)


class _Limited(httpx.SyncByteStream):
    def __init__(self, stream: Any, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                if time.monotonic() > self._deadline:
                    raise TimeoutError("no end within the time limit")
                yield chunk
        except httpx.TimeoutException as error:
            raise TimeoutError("silence") from error
        except httpx.NetworkError as error:
            raise ConnectionError("the connection broke") from error

    def close(self) -> None:
        self._stream.close()
