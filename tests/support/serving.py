"""Servers for the time of a `with` block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from safelight_server.quickstart.service import Service

AnyService = TypeVar("AnyService", bound=Service)


@contextmanager
def serving(service: AnyService) -> Iterator[AnyService]:
    """Start it, wait until it answers, and end it."""
    service.start()
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.kill()
