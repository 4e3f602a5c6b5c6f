"""Who opens the tunnel's port has to know its password: where sockets have no owner, any user could.

The password is made for one tunnel and only stands in its `uri`, inside this process. Both sides prove by
SCRAM-SHA-256 that they know it; it is never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from safelight.errors import WireProtocolError
from safelight.wire import messages
from safelight.wire.connection import ServerConnection
from safelight.wire.messages import Message

MECHANISM: Final = "SCRAM-SHA-256"
USER: Final = "safelight"

_HELLO: Final = frozenset({"hello", "ismaster", "isMaster"})
_UNAUTHORIZED: Final = 13
_AUTHENTICATION_FAILED: Final = 18
_PIECE: Final = 64 * 1024


class LocalLogin:
    """Answers a driver until it has proved that it knows the password.

    Args:
        password: of this tunnel
        hello: what the API server says to `hello`
    """

    def __init__(self, password: str, hello: dict[str, Any]) -> None:
        from scramp import ScramMechanism

        mechanism: Any = ScramMechanism(MECHANISM)
        secret = mechanism.make_auth_info(password)
        self._make_server: Callable[[], Any] = lambda: mechanism.make_server(lambda _user: secret)
        self._hello = hello

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Return whether it has; if not, the connection is to be closed.

        Raises:
            WireProtocolError: this is no driver
        """
        connection, scram = ServerConnection(), self._make_server()
        while data := await reader.read(_PIECE):
            for request in connection.receive(data):
                if not isinstance(request, Message):
                    raise WireProtocolError("a driver that is too old for load balancers")
                reply = self._reply(request.command(), scram)
                writer.write(messages.build(reply, response_to=request.request_id))
                await writer.drain()
                if reply.get("done") or not reply["ok"]:
                    return bool(reply["ok"])
        return False

    def _reply(self, command: dict[str, Any], scram: Any) -> dict[str, Any]:
        from scramp import ScramException

        name = next(iter(command), "")
        try:
            if name in _HELLO:
                return self._hello
            if name == "saslStart" and command.get("mechanism") == MECHANISM:
                scram.set_client_first(bytes(command["payload"]).decode())
                return _step(scram.get_server_first(), done=False)
            if name == "saslContinue":
                scram.set_client_final(bytes(command["payload"]).decode())
                return _step(scram.get_server_final(), done=True)
        except (ScramException, KeyError, TypeError, ValueError):
            return _refusal(_AUTHENTICATION_FAILED, "this tunnel belongs to somebody else")
        return _refusal(_UNAUTHORIZED, f"{name} needs authentication")


def _step(payload: str, *, done: bool) -> dict[str, Any]:
    return {"conversationId": 1, "payload": payload.encode(), "done": done, "ok": 1.0}


def _refusal(code: int, message: str) -> dict[str, Any]:
    name = "Unauthorized" if code == _UNAUTHORIZED else "AuthenticationFailed"
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": name}
