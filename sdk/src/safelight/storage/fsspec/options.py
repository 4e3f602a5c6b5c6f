"""What a caller may choose about fsspec's file systems: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class FsspecOptions:
    """fsspec's file systems.

    Attributes:
        arguments: `extra_client_kwargs` by scheme: arguments for the class that fsspec has for it; what the
            address says (host, port, user, password) goes before them, and fsspec's own configuration
            (`FSSPEC_SFTP_USERNAME`, `~/.config/fsspec/*.json`) behind them
        connections: most file systems open at a time for one host: each is a connection of its own
    """

    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _NOTHING, repr=False)
    connections: int = 8
