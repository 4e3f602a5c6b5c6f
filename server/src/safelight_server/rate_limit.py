"""How often somebody may ask."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from safelight_server.errors import TooManyRequestsError

_MINUTE_S: Final = 60.0
_REMEMBERED: Final = 10_000
"""Most askers that are kept; the one that was quiet for longest is forgotten first."""


class RateLimit:
    """Lets each asker through so often per minute: a bucket that fills steadily and holds a minute's worth.

    Args:
        per_minute: how often; 0 for no limit
        what: what is asked too often, for the message
        clock: seconds that only grow
    """

    def __init__(self, per_minute: int, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._what = what
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asker: str) -> None:
        """Count one.

        Raises:
            TooManyRequestsError: it was one too many
        """
        if not self._capacity:
            return
        now, per_second = self._clock(), self._capacity / _MINUTE_S
        left, at = self._buckets.pop(asker, (self._capacity, now))
        left = min(self._capacity, left + (now - at) * per_second)
        allowed = left >= 1
        self._buckets[asker] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if not allowed:
            message = f"more than {self._capacity:.0f} {self._what} a minute"
            raise TooManyRequestsError(message, (1 - left) / per_second)
