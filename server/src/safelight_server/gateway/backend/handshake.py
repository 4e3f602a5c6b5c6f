"""What is said first on a connection to MongoDB: hello, then who we are."""

from __future__ import annotations

import asyncio
import platform
from typing import Any, Final

from scramp import ScramClient, ScramException

from safelight.wire import messages
from safelight_server import __version__
from safelight_server.gateway.backend.account import BackendAccount
from safelight_server.gateway.backend.errors import NO_LONGER_PRIMARY, BackendSetupError, LinkLostError
from safelight_server.gateway.backend.link import Link

_MECHANISM: Final = "SCRAM-SHA-256"


async def connect(host: str, port: int, account: BackendAccount) -> Link:
    """Open a connection and authenticate it.

    Raises:
        OSError: it cannot be opened, or breaks
        BackendSetupError: MongoDB does not accept the account
    """
    _, link = await asyncio.get_running_loop().create_connection(Link, host, port, ssl=account.tls)
    try:
        await _command(link, _hello())
        if account.username is not None:
            await _authenticate(link, account, account.username)
    except BaseException:
        link.close()
        raise
    return link


def _hello() -> dict[str, Any]:
    client = {
        "driver": {"name": "safelight-gateway", "version": __version__},
        "os": {"type": platform.system()},
        "application": {"name": "safelight"},
    }
    return {"hello": 1, "helloOk": True, "client": client, "$db": "admin"}


async def _authenticate(link: Link, account: BackendAccount, username: str) -> None:
    scram = ScramClient([_MECHANISM], username, account.password.reveal())
    try:
        reply = await _command(
            link,
            {
                "saslStart": 1,
                "mechanism": _MECHANISM,
                "payload": scram.get_client_first().encode(),
                "options": {"skipEmptyExchange": True},
                "$db": account.source,
            },
        )
        scram.set_server_first(bytes(reply["payload"]).decode())
        reply = await _command(
            link,
            {
                "saslContinue": 1,
                "conversationId": reply["conversationId"],
                "payload": scram.get_client_final().encode(),
                "$db": account.source,
            },
        )
        scram.set_server_final(bytes(reply["payload"]).decode())
    except ScramException as error:
        raise BackendSetupError(f"MongoDB and {username!r} cannot authenticate each other: {error}") from None


async def _command(link: Link, command: dict[str, Any]) -> dict[str, Any]:
    reply = messages.parse(bytes(await link.exchange(messages.build(command)))).command()
    if reply.get("code") in NO_LONGER_PRIMARY:
        raise LinkLostError(f"MongoDB is not ready: {reply.get('errmsg')}")
    if reply.get("ok") != 1:
        raise BackendSetupError(f"MongoDB refuses {next(iter(command))}: {reply.get('errmsg')}")
    return reply
