"""How a WebSocket to the API server is opened, and what is wrong when it cannot be."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from http import HTTPStatus
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from safelight.errors import ApiConnectionError, ApiKeyRefusedError, ApiUnavailableError
from safelight.tunnel.options import TunnelOptions
from safelight.wire.compression import MAX_FRAME_BYTES

logger = logging.getLogger(__name__)

CLOSING_S: Final = 1.0
"""How long the server may take to close, once it is asked to."""

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_TRANSIENT_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


async def open_websocket(options: TunnelOptions) -> ClientConnection:
    """Connect; try again while the server cannot be reached, until `hold_s` is over.

    `HTTPS_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` are honoured. The connection does not keep itself alive:
    whoever takes it over does.

    Raises:
        ApiKeyRefusedError: the server does not accept the key
        ApiUnavailableError: it could not be reached for so long
        ApiConnectionError: what answers is no such server, or cannot be trusted
    """
    deadline = time.monotonic() + options.hold_s
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return await _open_once(options)
        except ApiUnavailableError as error:
            if time.monotonic() + pause > deadline:
                raise
            logger.debug("trying again in %.1f s: %s", pause, error)
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        pause = min(2 * pause, _LONGEST_PAUSE_S)


async def _open_once(options: TunnelOptions) -> ClientConnection:
    try:
        return await connect(
            options.websocket_url,
            additional_headers={"Authorization": f"Bearer {options.api_key.reveal()}"},
            subprotocols=[Subprotocol(options.subprotocol)],
            compression=None,
            open_timeout=options.open_timeout_s,
            ping_interval=None,
            close_timeout=CLOSING_S,
            max_size=MAX_FRAME_BYTES,
        )
    except InvalidStatus as error:
        raise _refusal(options, error) from None
    except (InvalidHandshake, InvalidURI) as error:
        raise ApiConnectionError(f"{options.api_uri} is no Safelight server: {error}") from error
    except OSError as error:  # refused, no such host, time-outs, TLS
        raise _unreachable(options, error) from error


def _refusal(options: TunnelOptions, error: InvalidStatus) -> ApiConnectionError:
    status = error.response.status_code
    detail = _detail(error.response.body)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and detail:
        return ApiKeyRefusedError(f"{options.api_uri} refuses the API key: {detail}")
    if status in _TRANSIENT_STATUS:
        return ApiUnavailableError(f"{options.api_uri} cannot answer now: {detail or f'status {status}'}")
    return ApiConnectionError(
        f"{options.api_uri} is no Safelight server, or something before it does not let WebSockets through: "
        f"{detail or f'status {status}'}"
    )


def _detail(body: bytes | bytearray | None) -> str:
    try:
        content: Any = json.loads(body or b"")
        return str(content["detail"])
    except (ValueError, LookupError, TypeError):
        return ""


def _unreachable(options: TunnelOptions, error: OSError) -> ApiConnectionError:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return ApiConnectionError(
            f"the certificate of {options.api_uri} cannot be trusted ({error.verify_message}): name the file "
            "with your organization's certificate authority in SSL_CERT_FILE"
        )
    return ApiUnavailableError(f"{options.api_uri} cannot be reached: {error}")
