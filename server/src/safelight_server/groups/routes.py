"""`/groups`; admins only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from safelight_server.authn.dependencies import Admin, Services
from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.groups.model import Group
from safelight_server.web import Description, Items, Name

router = APIRouter(prefix="/groups", tags=["groups"])


@dataclass(frozen=True, slots=True)
class MemberView:
    """A user or service account in a group; `email` is a user's only."""

    id: str
    kind: str
    name: str
    email: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with its members."""

    id: str
    name: str
    description: str | None
    created_at: datetime
    members: tuple[MemberView, ...]


class NewGroup(BaseModel):
    """A group to add; members by id or email."""

    name: Name
    description: Description | None = None
    members: list[str] = []


class GroupChange(BaseModel):
    """What to change of a group; what is left out stays. `members` replaces all of them."""

    name: Name | None = None
    description: Description | None = None
    members: list[str] | None = None


class Members(BaseModel):
    """Users and service accounts, by id or email."""

    members: list[str]


@router.get("", summary="Every group")
async def list_groups(_admin: Admin, services: Services) -> Items[GroupView]:
    """By name."""
    return Items(tuple(_view(services, group) for group in services.group_service.all()))


@router.post("", summary="Add a group", status_code=201)
async def create_group(new: NewGroup, _admin: Admin, services: Services) -> GroupView:
    """With its first members."""
    return _view(services, await services.group_service.create(new.name, new.description, new.members))


@router.get("/{group}", summary="One group")
async def get_group(group: str, _admin: Admin, services: Services) -> GroupView:
    """By id or name."""
    return _view(services, services.group_service.find(group))


@router.patch("/{group}", summary="Change a group")
async def change_group(group: str, change: GroupChange, _admin: Admin, services: Services) -> GroupView:
    """Its name, description or all its members."""
    changed = await services.group_service.change(
        services.group_service.find(group),
        name=change.name,
        description=change.description,
        members=change.members,
    )
    return _view(services, changed)


@router.post("/{group}/members", summary="Add members")
async def add_members(group: str, added: Members, _admin: Admin, services: Services) -> GroupView:
    """Who is a member already stays one."""
    found = services.group_service.find(group)
    return _view(services, await services.group_service.add(found, added.members))


@router.post("/{group}/members/remove", summary="Remove members")
async def remove_members(group: str, removed: Members, _admin: Admin, services: Services) -> GroupView:
    """Takes away at once what the group gave them."""
    found = services.group_service.find(group)
    return _view(services, await services.group_service.remove(found, removed.members))


@router.delete("/{group}", summary="Delete a group", status_code=204)
async def delete_group(group: str, _admin: Admin, services: Services) -> None:
    """Takes away at once what it gave its members."""
    await services.group_service.delete(services.group_service.find(group))


def _view(services: Container, group: Group) -> GroupView:
    members = [
        MemberView(
            id=member.id,
            kind=member.kind.value,
            name=user.name if (user := services.users.get(member.id)) else member.name,
            email=user.email if user else None,
            role=member.role,
        )
        for member in services.group_service.members(group)
    ]
    return GroupView(group.id, group.name, group.description, group.created_at, tuple(members))
