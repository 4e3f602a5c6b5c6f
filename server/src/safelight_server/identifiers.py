"""Ids of what the server keeps, and the present."""

from __future__ import annotations

from datetime import datetime, timezone

from bson import ObjectId


def new_id() -> str:
    """An id that nothing else has: 24 hexadecimal digits."""
    return str(ObjectId())


def now() -> datetime:
    """The present in UTC, to the millisecond, as MongoDB keeps it."""
    present = datetime.now(timezone.utc)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)
