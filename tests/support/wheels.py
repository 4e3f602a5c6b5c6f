"""Wheels that tests make."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class MakeUpstream(Protocol):
    """Writes a wheel like upstream's.

    `changes` replaces files, or removes those of value None; `DIST_INFO` stands for the metadata directory.
    """

    def __call__(
        self, version: str = ..., tag: str = ..., changes: dict[str, str | None] | None = ...
    ) -> Path: ...
