"""Commands that take long: nobody may be waiting for them any more."""

from __future__ import annotations

import asyncio
from typing import Final

from safelight_server.gateway.channel import Channel

WATCH_AFTER_S: Final = 1.0
"""Shorter commands are over before it would help to end them."""


class Watch:
    """The context of each command of a channel: cancels its task when the client goes meanwhile.

    One timer at most runs for a channel, not one for each command: most are over at once.

    Args:
        channel: whose client is watched
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._began = 0.0

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._began = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(WATCH_AFTER_S, self._look)

    def __exit__(self, *_raised: object) -> None:
        self._task = None

    def _look(self) -> None:
        self._timer = None
        if self._task is None:
            return
        remaining = self._began + WATCH_AFTER_S - self._loop.time()
        if remaining > 0:
            self._timer = self._loop.call_later(remaining, self._look)
        else:
            self._channel.on_gone(self._task.cancel)
