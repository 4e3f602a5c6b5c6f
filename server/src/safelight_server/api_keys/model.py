"""What is known of an API key once its text is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key. Times are aware.

    Attributes:
        id: the public part of its text
        owner: id of the user or service account that it acts as
        digest: SHA-256 of its text
        expires_at: the first moment when it is not accepted any more, or None
        last_used_at: within a minute, or None when it was never used
    """

    id: str
    name: str
    owner: str
    digest: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and now >= self.expires_at
