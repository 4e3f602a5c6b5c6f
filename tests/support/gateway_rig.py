"""A gateway alone: real WebSockets, a real MongoDB, and a policy that lets everything through."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from bson import ObjectId
from fastapi import FastAPI, WebSocket
from motor.motor_asyncio import AsyncIOMotorClient

from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.tunnel import Tunnel
from safelight.wire.compression import MAX_FRAME_BYTES
from safelight.wire.endpoint import choose
from safelight_server.authn.authenticator import Ticket
from safelight_server.authz.access import Access
from safelight_server.authz.decision import Account, Answer, Decision, Effect, Facts, Forward
from safelight_server.authz.principal import Principal
from safelight_server.authz.request import Request
from safelight_server.authz.roles import Role
from safelight_server.db.databases import Client
from safelight_server.errors import AuthenticationError, ServerError
from safelight_server.gateway.backend.account import BackendAccount
from safelight_server.gateway.backend.backend import Backend
from safelight_server.gateway.backend.pool import LinkPool
from safelight_server.gateway.backend.primary import PrimaryFinder
from safelight_server.gateway.gateway import Gateway
from safelight_server.problems import problem_of
from safelight_server.quickstart.ports import find_free_port
from safelight_server.websocket import WebSocketProtocol
from safelight_server.work import Work

KEY = "the-key"


class Everything:
    """Rules that let every command through, as it is."""

    async def ready(self) -> None:
        pass

    def access(self, principal: Principal) -> Access:
        return Access(principal)

    async def refreshed(self, principal: Principal, dataset_id: ObjectId) -> Access:
        raise AssertionError(dataset_id)

    def decide(self, request: Request, access: Access, facts: Facts) -> Decision:
        if request.name == "endSessions":
            return Answer({"ok": 1.0})
        return Forward(
            body=dict(request.body),
            account=Account.WRITE,
            sections=request.sections,
        )

    async def look_up(self, question: Any) -> Any:
        raise AssertionError(question)

    async def name_of(self, dataset_id: ObjectId) -> str | None:
        raise AssertionError(dataset_id)

    async def prepare(self, effect: Effect, access: Access) -> None:
        raise AssertionError(effect)

    async def settle(self, effect: Effect, access: Access, reply: dict[str, Any] | None) -> None:
        raise AssertionError(effect)


@dataclass
class RunningGateway:
    """A gateway that answers.

    Attributes:
        tickets: of every connection so far
        url: what `api_uri` takes
        stop: ends it, as for a restart
    """

    url: str
    tickets: list[Ticket] = field(default_factory=list)
    revoked: bool = False
    loop: asyncio.AbstractEventLoop | None = None
    stop: Callable[[], None] = lambda: None

    def principal(self) -> Principal:
        if self.revoked:
            raise AuthenticationError("this API key is not accepted: it is revoked")
        return Principal("u1", "ada@example.org", Role.ADMIN)

    def authenticate(self, websocket: WebSocket) -> Ticket:
        if websocket.headers.get("Authorization") != f"Bearer {KEY}":
            raise AuthenticationError("this API key is not accepted: it is unknown")
        ticket = Ticket("t1", self.principal)
        ticket.check()
        self.principal()
        self.tickets.append(ticket)
        return ticket

    def revoke(self) -> None:
        """Take the key back, as an admin would."""
        self.revoked = True
        assert self.loop
        for ticket in self.tickets:
            self.loop.call_soon_threadsafe(ticket.check)


def _app(running: RunningGateway, mongodb_uri: str, rules: Any) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running.loop = asyncio.get_running_loop()
        client: Client = AsyncIOMotorClient(mongodb_uri)
        pool = LinkPool(BackendAccount.from_uri(Secret(mongodb_uri)), 100)
        backend = Backend(PrimaryFinder(client), {Account.READ: pool, Account.WRITE: pool})
        app.state.gateway = Gateway(backend, rules, Work())
        yield
        app.state.gateway.close()
        client.close()

    app = FastAPI(lifespan=lifespan)

    @app.websocket("/api/v1/mongo")
    async def mongo(websocket: WebSocket) -> None:
        try:
            ticket = running.authenticate(websocket)
        except ServerError as error:
            await websocket.send_denial_response(problem_of(error))
            return
        chosen = choose(websocket.scope["subprotocols"])
        assert chosen
        await websocket.accept(subprotocol=chosen[0])
        await app.state.gateway.serve(websocket, ticket, chosen[1])

    return app


@contextmanager
def gateway_in_process(
    mongodb_uri: str, rules: Any = None, port: int | None = None, **options: Any
) -> Iterator[RunningGateway]:
    """A gateway in a thread of this process."""
    port = port or find_free_port()
    scheme = "https" if "ssl_certfile" in options else "http"
    running = RunningGateway(f"{scheme}://localhost:{port}")
    config = uvicorn.Config(
        _app(running, mongodb_uri, rules or Everything()),
        port=port,
        ws=WebSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        timeout_graceful_shutdown=2,
        **options,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    running.stop = stop
    try:
        yield running
    finally:
        stop()


@contextmanager
def open_tunnel(url: str, key: str, **options: Any) -> Iterator[Tunnel]:
    """A tunnel, closed in the end."""
    tunnel = Tunnel(TunnelOptions(url, Secret(key), **options))
    tunnel.start()
    try:
        yield tunnel
    finally:
        tunnel.close()
