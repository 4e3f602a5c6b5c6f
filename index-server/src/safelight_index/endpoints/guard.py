"""The gate before every endpoint: fresh state, a good token, the scope; errors become answers here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from safelight_index.auth import authenticate, require, require_package
from safelight_index.errors import AuthenticationError, IndexServerError, TooManyFailuresError
from safelight_index.responses import error_response
from safelight_index.service import Service
from safelight_index.tokens import Scope, Token


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request whose token was accepted."""

    request: Request
    service: Service
    token: Token

    @property
    def address(self) -> str | None:
        """The peer's address."""
        return self.request.client.host if self.request.client else None

    def require_package(self, project: str | None) -> None:
        """Let the token pass unless the project is private and the token is for others.

        Raises:
            PermissionDeniedError: it is for others
        """
        if project is not None and project in self.service.mirror.catalogue.private_names:
            require_package(self.token, project)

    def audit(self, event: str, **details: str | int | None) -> None:
        """Write an audit line about this request."""
        client = self.request.headers.get("user-agent", "").split(" ", 1)[0]
        self.service.audit.record(event, token=self.token, address=self.address, client=client, **details)


Endpoint = Callable[[Exchange], Awaitable[Response]]


def guarded(endpoint: Endpoint, scope: Scope = Scope.READ) -> Callable[[Request], Awaitable[Response]]:
    """Let requests through to an endpoint whose token covers `scope`."""

    async def answer(request: Request) -> Response:
        service: Service = request.app.state.service
        try:
            service.mirror.refresh()
            token = _authenticated(request, service)
            require(token, scope)
            return await endpoint(Exchange(request, service, token))
        except IndexServerError as error:
            return error_response(request, error)

    return answer


def _authenticated(request: Request, service: Service) -> Token:
    try:
        token = authenticate(request.headers.get("authorization"), service.mirror.tokens)
    except AuthenticationError as error:
        _record_refusal(request, service, error)
        raise
    service.note_use(token)
    return token


def _record_refusal(request: Request, service: Service, error: AuthenticationError) -> None:
    """Count and log a refusal; past the limit of its address, only count it.

    Raises:
        TooManyFailuresError: the address is over its limit
    """
    address = request.client.host if request.client else ""
    service.metrics.refused(type(error).__name__)
    try:
        service.throttle.record(address)
    except TooManyFailuresError as limit:
        raise limit from error
    service.audit.record("refused", address=address, reason=type(error).__name__, method=request.method)
