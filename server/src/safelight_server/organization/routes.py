"""`/organization/settings`; admins only."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import BaseModel

from safelight_server.authn.dependencies import Admin, Services
from safelight_server.authz.roles import Role
from safelight_server.datasets.model import Permission
from safelight_server.organization.model import OrganizationSettings

router = APIRouter(prefix="/organization/settings", tags=["organization"])


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The settings, as `OrganizationSettings` says what they mean."""

    default_user_role: Role
    default_dataset_permission: Permission
    default_operator_minimum_role: Role
    default_operator_minimum_dataset_permission: Permission


class SettingsChange(BaseModel):
    """What to change; what is left out stays."""

    default_user_role: Role | None = None
    default_dataset_permission: Permission | None = None
    default_operator_minimum_role: Role | None = None
    default_operator_minimum_dataset_permission: Permission | None = None


@router.get("", summary="The organization's settings")
async def get_settings(_admin: Admin, services: Services) -> SettingsView:
    """All of them."""
    return _view(services.organization.settings)


@router.patch("", summary="Change the organization's settings")
async def change_settings(change: SettingsChange, _admin: Admin, services: Services) -> SettingsView:
    """Those that are given."""
    given = change.model_dump(exclude_none=True)
    changes = {name: value.level if isinstance(value, Permission) else value for name, value in given.items()}
    return _view(await services.organization.change(changes))


def _view(settings: OrganizationSettings) -> SettingsView:
    return SettingsView(
        default_user_role=settings.default_user_role,
        default_dataset_permission=Permission.of(settings.default_dataset_permission),
        default_operator_minimum_role=settings.default_operator_minimum_role,
        default_operator_minimum_dataset_permission=Permission.of(
            settings.default_operator_minimum_dataset_permission
        ),
    )
