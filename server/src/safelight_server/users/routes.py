"""`/users`, and who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from safelight_server.authn.dependencies import Admin, Caller, Services
from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.errors import ForbiddenError
from safelight_server.users.model import User
from safelight_server.web import Items, Name

router = APIRouter(tags=["users"])


@dataclass(frozen=True, slots=True)
class GroupReference:
    """A group that somebody is in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class UserView:
    """A user."""

    id: str
    name: str
    email: str
    role: Role
    created_at: datetime
    groups: tuple[GroupReference, ...]


@dataclass(frozen=True, slots=True)
class CallerView:
    """Who a token acts as; `email` is a user's only."""

    id: str
    kind: str
    name: str
    role: Role
    email: str | None
    groups: tuple[GroupReference, ...]


class NewUser(BaseModel):
    """A user to add, without an invitation."""

    email: str
    name: Name
    role: Role


class UserChange(BaseModel):
    """What to change of a user; what is left out stays."""

    name: Name | None = None
    role: Role | None = Field(None, description="only admins change roles")


@router.get("/whoami", summary="Who the token acts as")
async def whoami(caller: Caller, services: Services) -> CallerView:
    """Answers for users, service accounts and the root token."""
    user = services.users.get(caller.id)
    return CallerView(
        id=caller.id,
        kind=caller.kind.value,
        name=user.name if user else caller.name,
        role=caller.role,
        email=user.email if user else None,
        groups=groups_of(services, caller.id),
    )


@router.get("/users", summary="Every user")
async def list_users(_admin: Admin, services: Services) -> Items[UserView]:
    """By email; admins only."""
    return Items(tuple(view(services, user) for user in services.user_service.all()))


@router.post("/users", summary="Add a user", status_code=201)
async def create_user(new: NewUser, _admin: Admin, services: Services) -> UserView:
    """Without an invitation: the way of the first admin; admins and the root token only."""
    return view(services, await services.user_service.create(new.email, new.name, new.role))


@router.get("/users/{user}", summary="One user")
async def get_user(user: str, caller: Caller, services: Services) -> UserView:
    """By id or email; oneself, or anybody for admins."""
    return view(services, _self_or_any(services, caller, user))


@router.patch("/users/{user}", summary="Change a user")
async def change_user(user: str, change: UserChange, caller: Caller, services: Services) -> UserView:
    """Users change their own name, admins everything."""
    if change.role is not None and caller.role is not Role.ADMIN:
        raise ForbiddenError("only admins change roles")
    found = _self_or_any(services, caller, user)
    return view(services, await services.user_service.change(found, name=change.name, role=change.role))


@router.delete("/users/{user}", summary="Delete a user", status_code=204)
async def delete_user(user: str, _admin: Admin, services: Services) -> None:
    """Revokes all keys and access at once; admins only."""
    await services.user_service.delete(services.user_service.find(user))


def view(services: Container, user: User) -> UserView:
    """A user as the API shows it."""
    return UserView(user.id, user.name, user.email, user.role, user.created_at, groups_of(services, user.id))


def groups_of(services: Container, principal_id: str) -> tuple[GroupReference, ...]:
    """The groups of a user or service account."""
    return tuple(GroupReference(group.id, group.name) for group in services.groups.of_member(principal_id))


def _self_or_any(services: Container, caller: Principal, user: str) -> User:
    if caller.role is Role.ADMIN or user == caller.id or user.lower() == caller.name:
        return services.user_service.find(user)
    raise ForbiddenError("only admins may look at other users")
