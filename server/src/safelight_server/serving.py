"""Run the application on uvicorn, and stop it without cutting anybody off."""

from __future__ import annotations

import logging
import socket

import uvicorn

from safelight.wire.compression import MAX_FRAME_BYTES
from safelight_server.app import create_app
from safelight_server.settings import Settings
from safelight_server.websocket import WebSocketProtocol

logger = logging.getLogger(__name__)

_KEEP_ALIVE_S = 75  # longer than the load balancers in front of it, so that they close idle connections


class Server(uvicorn.Server):
    """Uvicorn, which would close WebSockets in the middle of a command when told to stop."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        work = self.config.loaded_app.state.container.work
        if not await work.drain(self.config.timeout_graceful_shutdown or 0):
            logger.warning("%d commands did not finish in time and are cut off", work.under_way)
        await super().shutdown(sockets)


def server_config(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        http="httptools",
        ws=WebSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,  # it costs more than it saves; slow links ask for their own compression
        access_log=False,  # ours knows request ids and never shows a token
        log_config=None,
        proxy_headers=False,  # nothing is ever decided by X-Forwarded-*
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def serve(settings: Settings) -> bool:
    """Serve until SIGTERM or Ctrl-C.

    Returns:
        whether it started at all; where it did not, the log says why
    """
    server = Server(server_config(settings))
    server.run()
    return server.started
