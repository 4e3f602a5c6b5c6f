"""What the gateway says itself, in MongoDB's terms."""

from __future__ import annotations

from typing import Any, Final

from safelight.wire import legacy, messages
from safelight.wire.legacy import Query
from safelight.wire.messages import Message
from safelight_server.gateway.backend.errors import LinkLostError

_NAMES: Final = {
    13: "Unauthorized",
    18: "AuthenticationFailed",
    43: "CursorNotFound",
    59: "CommandNotFound",
    9: "FailedToParse",
    91: "ShutdownInProgress",
    10107: "NotWritablePrimary",
    11000: "DuplicateKey",
}

_TRY_AGAIN: Final = 10107
"""The driver raises `AutoReconnect` for it, and retries what can be retried."""


def error(code: int, message: str, labels: tuple[str, ...] = ()) -> dict[str, Any]:
    """An error reply."""
    reply: dict[str, Any] = {"ok": 0.0, "errmsg": message, "code": code}
    reply["codeName"] = _NAMES.get(code, f"Location{code}")
    if labels:
        reply["errorLabels"] = list(labels)
    return reply


def lost(reason: str, body: dict[str, Any]) -> dict[str, Any]:
    """The reply to a command that may have been executed: the driver knows how to ask again safely.

    A write with a transaction number is executed once, however often it is sent; one in a transaction makes
    the whole transaction start again.
    """
    if body.get("autocommit") is False and "commitTransaction" not in body:
        return error(_TRY_AGAIN, reason, ("TransientTransactionError",))
    labels = ("RetryableWriteError",) if "txnNumber" in body else ()
    return error(_TRY_AGAIN, reason, labels)


def unavailable(problem: Exception, body: dict[str, Any]) -> dict[str, Any]:
    """The reply when MongoDB, or what the server has to know, cannot be reached."""
    if isinstance(problem, LinkLostError):
        return lost(f"Safelight lost its connection to MongoDB: {problem}", body)
    return lost(str(problem), body)


def wrap(reply: dict[str, Any] | bytes, request: Message | Query) -> bytes:
    """The message that carries a reply to a request."""
    if isinstance(request, Message):
        return messages.build(reply, response_to=request.request_id)
    if isinstance(reply, bytes):
        raise TypeError("OP_REPLY is for what the gateway says itself")
    return legacy.build_reply(reply, request.request_id)
