"""Service accounts: programs that hold API keys and have a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safelight.client.api import segment
from safelight.errors import ApiNotFoundError
from safelight.management.connection import api
from safelight.management.users import UserRole, moment, reference, role_value

__all__ = [
    "ServiceAccount",
    "create_service_account",
    "delete_service_account",
    "get_service_account",
    "list_service_accounts",
    "resolve_service_account_id",
    "update_service_account",
]


@dataclass(frozen=True)
class ServiceAccount:
    """A service account."""

    id: str
    name: str
    role: UserRole
    description: str | None = None
    created_at: datetime | None = None


def create_service_account(name: str, role: str | UserRole, description: str | None = None) -> ServiceAccount:
    """Add a service account. Only admins may.

    Args:
        name: its name, which no other one has
        role: what it may do
        description: what it is for
    """
    body = {"name": name, "role": role_value(role), "description": description}
    return _account(api().post("/service-accounts", body))


def get_service_account(service_account_id: str) -> ServiceAccount | None:
    """A service account, or None when there is none of this ID. Only admins may ask."""
    try:
        return _account(api().get(f"/service-accounts/{segment(service_account_id)}"))
    except ApiNotFoundError:
        return None


def list_service_accounts() -> list[ServiceAccount]:
    """Every service account, by name. Only admins may ask."""
    return [_account(each) for each in api().items("/service-accounts")]


def update_service_account(
    service_account: str | ServiceAccount,
    name: str | None = None,
    role: str | UserRole | None = None,
    description: str | None = None,
) -> ServiceAccount:
    """Change a service account; what is None stays. Only admins may.

    Args:
        service_account: its ID, or a `ServiceAccount`
        name: its new name
        role: its new role
        description: its new description
    """
    change = {"name": name, "role": role and role_value(role), "description": description}
    return _account(api().patch(_path(service_account), change))


def delete_service_account(service_account: str | ServiceAccount) -> None:
    """Delete a service account; its keys and its access end at once. Only admins may.

    Args:
        service_account: its ID, or a `ServiceAccount`
    """
    api().delete(_path(service_account))


def resolve_service_account_id(
    service_account_or_id: str | ServiceAccount | dict[str, Any] | None, nullable: bool = False
) -> str | None:
    """The ID of a service account.

    Args:
        service_account_or_id: an ID, a `ServiceAccount` or a dict with an `"id"`
        nullable: whether None may be given, and is returned then

    Raises:
        ValueError: nothing of the kind was given
    """
    if service_account_or_id is None and nullable:
        return None
    return reference(service_account_or_id)


def _path(account: str | ServiceAccount) -> str:
    return f"/service-accounts/{segment(reference(account))}"


def _account(found: dict[str, Any]) -> ServiceAccount:
    return ServiceAccount(
        id=found["id"],
        name=found["name"],
        role=UserRole(found["role"]),
        description=found["description"],
        created_at=moment(found["created_at"]),
    )
