"""`/api-keys`: one's own, and with `owner` those of somebody else, for admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from safelight_server.api_keys.model import ApiKey
from safelight_server.authn.dependencies import Caller, Services
from safelight_server.authz.principal import Principal, PrincipalKind
from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.errors import ForbiddenError, InvalidError
from safelight_server.web import Items, Name

router = APIRouter(prefix="/api-keys", tags=["API keys"])

Owner: TypeAlias = Annotated[
    str | None, Query(description="a user's id or email, or a service account's id; oneself by default")
]


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """What is known of a key."""

    id: str
    name: str
    owner: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeApiKeyView:
    """A key that was just made: its text, `key`, is never shown again."""

    key: str
    api_key: ApiKeyView


class NewApiKey(BaseModel):
    """A key to make."""

    name: Name
    expires_in_days: int | None = Field(None, ge=1, le=3650, description="until it is revoked by default")


@router.get("", summary="The keys of somebody")
async def list_api_keys(caller: Caller, services: Services, owner: Owner = None) -> Items[ApiKeyView]:
    """Oldest first."""
    keys = services.api_key_service.of(_owner(services, caller, owner))
    return Items(tuple(_view(key) for key in keys))


@router.post("", summary="Make a key", status_code=201)
async def create_api_key(
    new: NewApiKey, caller: Caller, services: Services, owner: Owner = None
) -> MadeApiKeyView:
    """The answer is the only place where its text is ever shown. Not for guests."""
    lifetime = timedelta(days=new.expires_in_days) if new.expires_in_days else None
    key, token = await services.api_key_service.create(_owner(services, caller, owner), new.name, lifetime)
    return MadeApiKeyView(token.reveal(), _view(key))


@router.delete("/{key_id}", summary="Revoke a key", status_code=204)
async def revoke_api_key(key_id: str, caller: Caller, services: Services, owner: Owner = None) -> None:
    """At once: open connections that use it end."""
    await services.api_key_service.revoke(_owner(services, caller, owner), key_id)


def _owner(services: Container, caller: Principal, owner: str | None) -> Principal:
    if owner is None:
        if caller.kind is PrincipalKind.ROOT:
            raise InvalidError("the root token has no keys of its own: say whose key is meant")
        return caller
    if caller.role is Role.ADMIN:
        return services.principals.find(owner)
    if owner in {caller.id, caller.name}:
        return caller
    raise ForbiddenError("only admins may manage the keys of others")


def _view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(key.id, key.name, key.owner, key.created_at, key.expires_at, key.last_used_at)
