"""What is known of a token once its text is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from fnmatch import fnmatchcase


class Scope(str, Enum):
    """What a token may do; each scope includes the ones above it.

    READ     list and download
    UPLOAD   publish files of projects that are on the private list
    ADMIN    publish new projects, yank, read the metrics
    """

    READ = "read"
    UPLOAD = "upload"
    ADMIN = "admin"

    def includes(self, needed: Scope) -> bool:
        """Say whether this scope covers `needed`."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Token:
    """One row of the store. Times are aware.

    Attributes:
        id: the public part of the text
        name: who or what it was made for
        scope: what it may do
        created_at: when it was made
        expires_at: the first moment when it is not accepted any more, or None
        revoked_at: when it was taken back, or None
        last_used_at: within a minute, or None when it was never used
        packages: the private projects that it may do this to, by normalised names or patterns with one `*`;
            empty for all of them
    """

    id: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    packages: tuple[str, ...] = ()

    def covers(self, project: str) -> bool:
        """Say whether a private project, by its normalised name, is among its packages."""
        return not self.packages or any(fnmatchcase(project, pattern) for pattern in self.packages)

    def state(self, now: datetime) -> str:
        """Say in a word whether it would be accepted: active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else "active"
