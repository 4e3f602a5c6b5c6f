"""`/datasets`: which ones the caller sees, and who else has access.

A dataset is named by its id or its name; clients that have names with slashes in them find the id first.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from safelight_server.authn.dependencies import Admin, Caller, Services
from safelight_server.authz.principal import Principal
from safelight_server.container import Container
from safelight_server.datasets.model import Dataset, DatasetPermissionOf, Permission, Sharing
from safelight_server.datasets.service import Seen
from safelight_server.web import Items

router = APIRouter(tags=["datasets"])


class Granted(BaseModel):
    """A permission to grant."""

    permission: Permission


class GrantedToUser(Granted):
    """A permission to grant to a user, who may be invited for it."""

    invite: bool = False


@router.get("/datasets", summary="The datasets that the caller sees")
async def list_datasets(
    caller: Caller,
    services: Services,
    name: Annotated[str | None, Query(description="only the one of this name")] = None,
) -> Items[Dataset]:
    """By name, each with what the caller may do with it."""
    if name is None:
        return Items(tuple(await services.datasets.all(caller)))
    return Items(((await services.datasets.find(caller, name)).view,))


@router.get("/datasets/{dataset}", summary="One dataset")
async def get_dataset(dataset: str, caller: Caller, services: Services) -> Dataset:
    """404 also where it exists and the caller has no access."""
    return (await services.datasets.find(caller, dataset)).view


@router.get("/datasets/{dataset}/access", summary="Who was granted access")
async def get_access(dataset: str, caller: Caller, services: Services) -> Sharing:
    """For whoever can manage the dataset."""
    return services.sharing.granted(await services.datasets.find_managed(caller, dataset))


@router.put("/datasets/{dataset}/access/default", summary="Change the default access")
async def set_default(dataset: str, granted: Granted, caller: Caller, services: Services) -> Sharing:
    """What members have who are not named; for whoever can manage the dataset."""
    seen = await services.datasets.find_managed(caller, dataset)
    await services.sharing.set_default(seen, granted.permission)
    return await _granted(services, caller, seen)


@router.put("/datasets/{dataset}/access/users/{user}", summary="Grant a user access")
async def grant_user(
    dataset: str, user: str, granted: GrantedToUser, caller: Caller, services: Services
) -> Sharing:
    """A user by id or email, or a service account by id; for whoever can manage the dataset.

    With `invite`, somebody whom nobody knows is invited, and has the permission once they accept.
    """
    seen = await services.datasets.find_managed(caller, dataset)
    if granted.invite and "@" in user and services.users.by_email(user) is None:
        await services.invitation_service.invite_to_dataset(caller, user, seen, granted.permission)
    else:
        await services.sharing.grant(seen, services.principals.find(user), granted.permission)
    return await _granted(services, caller, seen)


@router.delete("/datasets/{dataset}/access/users/{user}", summary="Take a user's grant away", status_code=204)
async def revoke_user(dataset: str, user: str, caller: Caller, services: Services) -> None:
    """What groups and the default give them stays; for whoever can manage the dataset."""
    seen = await services.datasets.find_managed(caller, dataset)
    await services.sharing.revoke(seen, services.principals.find(user))


@router.put("/datasets/{dataset}/access/groups/{group}", summary="Grant a group access")
async def grant_group(
    dataset: str, group: str, granted: Granted, caller: Caller, services: Services
) -> Sharing:
    """By the group's id or name; for whoever can manage the dataset."""
    seen = await services.datasets.find_managed(caller, dataset)
    await services.sharing.grant_group(seen, services.group_service.find(group), granted.permission)
    return await _granted(services, caller, seen)


@router.delete(
    "/datasets/{dataset}/access/groups/{group}", summary="Take a group's grant away", status_code=204
)
async def revoke_group(dataset: str, group: str, caller: Caller, services: Services) -> None:
    """For whoever can manage the dataset."""
    seen = await services.datasets.find_managed(caller, dataset)
    await services.sharing.revoke_group(seen, services.group_service.find(group))


@router.get("/datasets/{dataset}/permissions", summary="What everybody may do")
async def get_permissions(dataset: str, admin: Admin, services: Services) -> Sharing:
    """Everybody who has access, by whatever way, with what comes of it; admins only."""
    return services.sharing.effective(await services.datasets.find(admin, dataset))


@router.get("/users/{user}/permissions", summary="What a user may do with datasets")
async def user_permissions(user: str, _admin: Admin, services: Services) -> Items[DatasetPermissionOf]:
    """Users and service accounts; admins only."""
    principal = services.principals.find(user)
    return Items(tuple(await services.datasets.permissions_of(principal)))


@router.get("/groups/{group}/permissions", summary="What a group was granted")
async def group_permissions(group: str, _admin: Admin, services: Services) -> Items[DatasetPermissionOf]:
    """Admins only."""
    found = services.group_service.find(group)
    return Items(tuple(await services.datasets.permissions_of_group(found)))


async def _granted(services: Container, caller: Principal, seen: Seen) -> Sharing:
    return services.sharing.granted(await services.datasets.find_managed(caller, str(seen.id)))
