"""API keys of users and service accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from safelight.client.api import segment
from safelight.management.connection import api
from safelight.management.service_account import ServiceAccount, resolve_service_account_id
from safelight.management.users import User, moment, reference

__all__ = [
    "APIKey",
    "ServiceAccount",
    "delete_api_key",
    "generate_api_key",
    "list_api_keys",
    "resolve_service_account_id",
]

Owner: TypeAlias = str | User | ServiceAccount | None


@dataclass(frozen=True)
class APIKey:
    """What is known of an API key; never the key itself."""

    id: str
    name: str
    created_at: datetime


def delete_api_key(key: str, user: Owner = None) -> None:
    """Revoke an API key, at once. Only admins may for others.

    Args:
        key: the ID of the key
        user: whose: a user ID, email, `User` or `ServiceAccount`; the caller's own by default
    """
    api().delete(f"/api-keys/{segment(key)}", owner=_owner(user))


def generate_api_key(key_name: str, user: Owner = None) -> str:
    """Make an API key. It is returned once and never again. Only admins may for others, nobody for guests.

    Args:
        key_name: a name, to tell it from others
        user: for whom: a user ID, email, `User` or `ServiceAccount`; the caller by default

    Returns:
        the API key
    """
    return str(api().post("/api-keys", {"name": key_name}, owner=_owner(user))["key"])


def list_api_keys(user: Owner = None) -> list[APIKey]:
    """The API keys of a user or service account, oldest first. Only admins may ask for others.

    Args:
        user: whose: a user ID, email, `User` or `ServiceAccount`; the caller's own by default
    """
    return [
        APIKey(each["id"], each["name"], moment(each["created_at"]))
        for each in api().items("/api-keys", owner=_owner(user))
    ]


def _owner(user: Owner) -> str | None:
    return None if user is None else reference(user)
