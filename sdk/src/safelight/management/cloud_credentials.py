"""Cloud credentials that the server keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from safelight.management.later import coming

__all__ = ["CloudCredential", "add_cloud_credentials", "delete_cloud_credentials", "list_cloud_credentials"]


@dataclass(frozen=True)
class CloudCredential:
    """What is known of credentials; never the credentials themselves."""

    created_at: datetime
    prefixes: list[str]
    provider: str
    description: str | None = None
    scope: str | None = None
    sid: str | None = None


add_cloud_credentials = coming("add_cloud_credentials")
delete_cloud_credentials = coming("delete_cloud_credentials")
list_cloud_credentials = coming("list_cloud_credentials")
