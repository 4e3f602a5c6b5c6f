"""From a message to the request that the policy judges, and what goes around it."""

from __future__ import annotations

from typing import Any

from safelight.errors import WireProtocolError
from safelight.wire.messages import Message
from safelight_server.authz.request import Request
from safelight_server.gateway.envelope import Envelope


def take_in(message: Message, body: dict[str, Any], principal: str) -> tuple[Request, Envelope]:
    """Read a command.

    Args:
        message: as it came
        body: its body, decoded; it is changed
        principal: id of whoever sends it

    Raises:
        WireProtocolError: no driver says that
    """
    envelope = Envelope.take_off(body, principal)
    database = body.pop("$db", None)
    if not isinstance(database, str) or not body:
        raise WireProtocolError("a command without a name or a database")
    doubled = body.keys() & message.sequences.keys()
    if doubled:
        raise WireProtocolError(f"{sorted(doubled)} both in the body and as a sequence")
    request = Request(database, next(iter(body)), body, message.sequences, envelope.in_transaction)
    return request, envelope
