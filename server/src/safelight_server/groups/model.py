"""A group of principals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Group:
    """A group to share datasets with. Times are aware.

    Attributes:
        name: unique
        members: ids of users and service accounts
    """

    id: str
    name: str
    description: str | None
    members: tuple[str, ...]
    created_at: datetime
