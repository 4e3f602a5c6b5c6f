"""`/invitations`: admins make and revoke them; whoever has the link accepts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

from safelight_server.authn.dependencies import Admin, Services
from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.invitations.model import Invitation
from safelight_server.users.routes import UserView
from safelight_server.users.routes import view as user_view
from safelight_server.web import Items, Name

router = APIRouter(prefix="/invitations", tags=["invitations"])


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A pending invitation; whoever opens `url` first becomes the user."""

    id: str
    email: str
    role: Role
    url: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MadeInvitationView:
    """An invitation that was just made; where it was not mailed, send its `url` some other way."""

    invitation: InvitationView
    mailed: bool


@dataclass(frozen=True, slots=True)
class WelcomeView:
    """A new user, with a first API key that is never shown again; guests have none."""

    user: UserView
    key: str | None


class NewInvitation(BaseModel):
    """Whom to invite; the organization's default role, when none is given."""

    email: str
    role: Role | None = None


class Acceptance(BaseModel):
    """The token behind the # of the link, and the name that others will see."""

    token: str
    name: Name


@router.get("", summary="Pending invitations")
async def list_invitations(_admin: Admin, services: Services) -> Items[InvitationView]:
    """Oldest first; admins only."""
    return Items(tuple(_view(services, each) for each in services.invitation_service.pending()))


@router.post("", summary="Invite somebody", status_code=201)
async def invite(new: NewInvitation, admin: Admin, services: Services) -> MadeInvitationView:
    """Admins only."""
    invitation, mailed = await services.invitation_service.invite(admin, new.email, new.role)
    return MadeInvitationView(_view(services, invitation), mailed)


@router.delete("/{invitation}", summary="Take an invitation back", status_code=204)
async def revoke_invitation(invitation: str, _admin: Admin, services: Services) -> None:
    """By id, or all of an email; admins only."""
    await services.invitation_service.revoke(invitation)


@router.post("/accept", summary="Become a user", status_code=201)
async def accept(acceptance: Acceptance, request: Request, services: Services) -> WelcomeView:
    """For whoever has the link; no token of an account is needed."""
    services.unknown_tokens.take(request.client.host if request.client else "")
    user, key = await services.invitation_service.accept(acceptance.token, acceptance.name)
    return WelcomeView(user_view(services, user), key.reveal() if key else None)


def _view(services: Container, invitation: Invitation) -> InvitationView:
    return InvitationView(
        id=invitation.id,
        email=invitation.email,
        role=invitation.role,
        url=services.invitation_service.link(invitation),
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )
