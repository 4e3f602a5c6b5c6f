"""An invitation to join the organization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bson import ObjectId

from safelight.storage.credentials import Secret
from safelight_server.authz.levels import Level
from safelight_server.authz.roles import Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who accepts it first becomes a user. Times are aware.

    Attributes:
        id: the public part of its token
        token: the whole of it: admins may see the link again until it is used, so it is kept
        datasets: what the new user will be granted
    """

    id: str
    email: str
    role: Role
    token: Secret
    invited_by: str
    created_at: datetime
    expires_at: datetime
    datasets: Mapping[ObjectId, Level] = field(default_factory=dict)

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return now >= self.expires_at
