"""Settings of the whole organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from safelight.management.connection import api
from safelight.management.dataset import DatasetPermission
from safelight.management.users import UserRole

__all__ = ["OrganizationSettings", "get_organization_settings", "set_organization_settings"]

_PATH = "/organization/settings"


@dataclass(frozen=True)
class OrganizationSettings:
    """What holds where nothing else was said."""

    default_user_role: UserRole
    default_dataset_permission: DatasetPermission
    default_operator_minimum_role: UserRole
    default_operator_minimum_dataset_permission: DatasetPermission


def get_organization_settings() -> OrganizationSettings:
    """The settings. Only admins may ask."""
    return _settings(api().get(_PATH))


def set_organization_settings(
    *,
    default_user_role: UserRole | None = None,
    default_dataset_permission: DatasetPermission | None = None,
    default_operator_minimum_role: UserRole | None = None,
    default_operator_minimum_dataset_permission: DatasetPermission | None = None,
) -> OrganizationSettings:
    """Change settings; what is None stays. Only admins may.

    Args:
        default_user_role: role of who is invited without one
        default_dataset_permission: what a new dataset gives to members by default
        default_operator_minimum_role: lowest role that may run an operator of a plugin
        default_operator_minimum_dataset_permission: lowest permission on the dataset that it runs on

    Raises:
        ValueError: nothing was given
    """
    given = {
        "default_user_role": default_user_role and UserRole(default_user_role).value,
        "default_dataset_permission": default_dataset_permission
        and DatasetPermission(default_dataset_permission).value,
        "default_operator_minimum_role": default_operator_minimum_role
        and UserRole(default_operator_minimum_role).value,
        "default_operator_minimum_dataset_permission": default_operator_minimum_dataset_permission
        and DatasetPermission(default_operator_minimum_dataset_permission).value,
    }
    if not any(given.values()):
        raise ValueError("give at least one setting to change")
    return _settings(api().patch(_PATH, given))


def _settings(found: dict[str, Any]) -> OrganizationSettings:
    return OrganizationSettings(
        default_user_role=UserRole(found["default_user_role"]),
        default_dataset_permission=DatasetPermission(found["default_dataset_permission"]),
        default_operator_minimum_role=UserRole(found["default_operator_minimum_role"]),
        default_operator_minimum_dataset_permission=DatasetPermission(
            found["default_operator_minimum_dataset_permission"]
        ),
    )
