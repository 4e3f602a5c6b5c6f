"""The figures of the media cache, with the keys of FiftyOne's public API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_UNITS: Final = ("B", "KB", "MB", "GB", "TB", "PB")
_STEP: Final = 1024


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How much the cache holds.

    Attributes:
        cache_dir: the cache directory
        cache_size: what it may hold, in bytes; negative for no limit
        current_size: what it holds, in bytes
        current_count: how many files it holds
    """

    cache_dir: str
    cache_size: int
    current_size: int
    current_count: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "cache_dir": self.cache_dir,
            "cache_size": self.cache_size,
            "cache_size_str": human_size(self.cache_size) if self.cache_size >= 0 else "unlimited",
            "current_size": self.current_size,
            "current_size_str": human_size(self.current_size),
            "current_count": self.current_count,
            "load_factor": self.current_size / self.cache_size if self.cache_size > 0 else 0.0,
        }


def human_size(size: float) -> str:
    """Return a number of bytes for people: 24431821 is `23.3MB`."""
    for unit in _UNITS[:-1]:
        if abs(size) < _STEP:
            return f"{size:.1f}{unit}"
        size /= _STEP
    return f"{size:.1f}{_UNITS[-1]}"
