"""A person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from safelight_server.authz.roles import Role


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in. Times are aware.

    Attributes:
        id: unique among users and service accounts
        email: lower case, unique
    """

    id: str
    name: str
    email: str
    role: Role
    created_at: datetime
