"""Where API connections arrive: `/api/v1/mongo`."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from safelight.wire.endpoint import DATABASE_HEADER, choose
from safelight_server.errors import AuthenticationError, InvalidError, ServerError
from safelight_server.problems import problem_of

router = APIRouter(tags=["gateway"])

_SCHEME = "bearer"


@router.websocket("/mongo")
async def mongo(websocket: WebSocket) -> None:
    """MongoDB's wire protocol; the API key comes as a bearer token, and is only looked at here."""
    container = websocket.app.state.container
    try:
        address = websocket.client.host if websocket.client else ""
        ticket = await container.authenticator.authenticate(_bearer(websocket), address)
        container.gateway.admit(ticket)
        chosen = choose(websocket.scope["subprotocols"])
        if chosen is None:
            raise InvalidError("no subprotocol that is spoken here: is this client newer than the server?")
    except ServerError as error:
        await websocket.send_denial_response(problem_of(error))
        return
    name, codec = chosen
    database = container.settings.database_name
    await websocket.accept(name, [(DATABASE_HEADER.lower().encode(), database.encode())])
    await container.gateway.serve(websocket, ticket, codec)


def _bearer(websocket: WebSocket) -> str:
    scheme, _, token = websocket.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != _SCHEME:
        raise AuthenticationError("an API key is needed: send `Authorization: Bearer KEY`")
    return token.strip()
