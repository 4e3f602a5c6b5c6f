"""The account of a program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from safelight_server.authz.roles import Role


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The account of a program. Times are aware.

    Attributes:
        id: unique among users and service accounts
        name: unique among service accounts
    """

    id: str
    name: str
    role: Role
    description: str | None
    created_at: datetime
