"""`/service-accounts`; admins only."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from safelight_server.authn.dependencies import Admin, Services
from safelight_server.authz.roles import Role
from safelight_server.service_accounts.model import ServiceAccount
from safelight_server.web import Description, Items, Name

router = APIRouter(prefix="/service-accounts", tags=["service accounts"])


class NewServiceAccount(BaseModel):
    """A service account to add."""

    name: Name
    role: Role
    description: Description | None = None


class ServiceAccountChange(BaseModel):
    """What to change of a service account; what is left out stays."""

    name: Name | None = None
    role: Role | None = None
    description: Description | None = None


@router.get("", summary="Every service account")
async def list_service_accounts(_admin: Admin, services: Services) -> Items[ServiceAccount]:
    """By name."""
    return Items(tuple(services.service_account_service.all()))


@router.post("", summary="Add a service account", status_code=201)
async def create_service_account(new: NewServiceAccount, _admin: Admin, services: Services) -> ServiceAccount:
    """It can do nothing until it has an API key."""
    return await services.service_account_service.create(new.name, new.role, new.description)


@router.get("/{account_id}", summary="One service account")
async def get_service_account(account_id: str, _admin: Admin, services: Services) -> ServiceAccount:
    """By id."""
    return services.service_account_service.find(account_id)


@router.patch("/{account_id}", summary="Change a service account")
async def change_service_account(
    account_id: str, change: ServiceAccountChange, _admin: Admin, services: Services
) -> ServiceAccount:
    """Its name, role or description."""
    account = services.service_account_service.find(account_id)
    return await services.service_account_service.change(
        account, name=change.name, role=change.role, description=change.description
    )


@router.delete("/{account_id}", summary="Delete a service account", status_code=204)
async def delete_service_account(account_id: str, _admin: Admin, services: Services) -> None:
    """Revokes all its keys and access at once."""
    account = services.service_account_service.find(account_id)
    await services.service_account_service.delete(account)
