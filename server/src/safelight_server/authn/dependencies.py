"""What routes ask for by type: `Caller`, `Admin`, `Services`.

@router.get("/users")
async def list_users(_admin: Admin, services: Services) -> ...
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from safelight_server.authz.principal import Principal
from safelight_server.authz.roles import Role
from safelight_server.container import Container
from safelight_server.errors import AuthenticationError, ForbiddenError

_bearer = HTTPBearer(auto_error=False, description="An API key, or the root token of `bootstrap`")


def services(request: Request) -> Container:
    """The composition root of this process."""
    container: Container = request.app.state.container
    return container


Services: TypeAlias = Annotated[Container, Depends(services)]


async def caller(
    request: Request,
    container: Services,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Who calls.

    Raises:
        AuthenticationError: no token came, or one that is not accepted
        TooManyRequestsError: the address showed too many unknown tokens, or the caller asks too often
    """
    if bearer is None:
        raise AuthenticationError("an API key is needed: send `Authorization: Bearer KEY`")
    address = request.client.host if request.client else ""
    ticket = await container.authenticator.authenticate(bearer.credentials, address)
    request.state.token_id = ticket.token_id
    container.requests.take(ticket.token_id)
    return ticket.principal()


Caller: TypeAlias = Annotated[Principal, Depends(caller)]


async def admin(principal: Caller) -> Principal:
    """Who calls, when that is an admin.

    Raises:
        ForbiddenError: it is somebody else
    """
    if principal.role is not Role.ADMIN:
        raise ForbiddenError(f"only admins may do this, and {principal.name} is a {principal.role.title}")
    return principal


Admin: TypeAlias = Annotated[Principal, Depends(admin)]
