"""Commands under way, so that a server that is told to stop lets them finish."""

from __future__ import annotations

import asyncio

from safelight_server.errors import UnavailableError


class Work:
    """Counts what is under way in one process: it is the context of each command.

    REST requests are uvicorn's to wait for; what runs inside long-lived WebSockets is counted here.

    Attributes:
        stopping: set when nothing new may begin; connections close when they have nothing under way
    """

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def under_way(self) -> int:
        """How many commands run now."""
        return self._under_way

    def __enter__(self) -> None:
        """Begin a command.

        Raises:
            UnavailableError: the server stops; another one of its kind will take it
        """
        if self.stopping.is_set():
            raise UnavailableError("this server is shutting down; try again")
        self._under_way += 1
        self._idle.clear()

    def __exit__(self, *_raised: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()

    async def drain(self, timeout_s: float) -> bool:
        """Let nothing new begin, and wait for what is under way.

        Returns:
            whether all of it finished in time
        """
        self.stopping.set()
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        return True
