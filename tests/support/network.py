"""Tests cannot reach the world: Python's own sockets of this process connect to loopback only."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest


class OutsideConnectionError(AssertionError):
    """A test tried to leave the machine: an assertion, so that no `except OSError` hides it."""


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):  # a unix socket's path
        return True
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def forbid_outside_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `connect` and `connect_ex` raise `OutsideConnectionError` for every other address."""
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, original: Any = original) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address):
                raise OutsideConnectionError(f"a test tried to connect to {address}")
            return original(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)
