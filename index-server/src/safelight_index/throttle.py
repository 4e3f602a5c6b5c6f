"""A limit on refused tokens per address, against guessing and against noise.

Only refusals count, and only refusals are answered 429: a good token always passes, because pip shows a 429
badly and one resolution of fiftyone takes 300 requests.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from safelight_index.errors import TooManyFailuresError

WINDOW_SECONDS = 60.0
_MAX_ADDRESSES = 10_000


class FailureThrottle:
    """Counts refusals per address in windows of a minute.

    Args:
        limit: how many refusals an address may collect in one window
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def record(self, address: str, now: float | None = None) -> None:
        """Count one refusal.

        Args:
            address: where it came from
            now: monotonic time; the present when None

        Raises:
            TooManyFailuresError: the address is over the limit until its window ends
        """
        now = time.monotonic() if now is None else now
        opened, count = self._windows.get(address, (now, 0))
        if now - opened >= WINDOW_SECONDS:
            opened, count = now, 0
        self._windows[address] = opened, count + 1
        self._windows.move_to_end(address)
        if len(self._windows) > _MAX_ADDRESSES:
            self._windows.popitem(last=False)
        if count >= self._limit:
            raise TooManyFailuresError(
                "too many refused tokens from this address: wait a minute, then check the token"
            )
