"""What a caller may choose about the media cache: plain values, filled by `safelight.config`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNLIMITED: Final = -1
"""A cache size that means: no eviction, no index, no bookkeeping of any kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOptions:
    """How the media cache behaves.

    Attributes:
        cache_dir: the cache's own directory; everything below its `media` folder may be deleted
        size_bytes: how much it may hold; negative for no limit
        low_water: the share of `size_bytes` that eviction goes down to, so that it does not run for every
            file
        grace_seconds: a file that was handed to somebody so recently is in use: it is not evicted
        requests: most objects that are downloaded at a time
        buffer_bytes: most bytes of objects that are on their way at a time
        lock_wait: seconds to wait for another process that downloads the same object, before doing it too
    """

    cache_dir: Path
    size_bytes: int = 34_359_738_368
    low_water: float = 0.9
    grace_seconds: float = 60.0
    requests: int = 16
    buffer_bytes: int = 67_108_864
    lock_wait: float = 60.0

    @property
    def limited(self) -> bool:
        """Whether there is a size to keep to."""
        return self.size_bytes >= 0
