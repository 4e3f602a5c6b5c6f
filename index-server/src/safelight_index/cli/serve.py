"""`safelight-index serve`."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

import uvicorn

from safelight_index.cli.options import add_state_dir
from safelight_index.database import Database
from safelight_index.settings import Fallback, Settings

_KEEP_ALIVE_SECONDS = 30
_SHUTDOWN_SECONDS = 5


def add_parsers(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="run the index server",
        description="Run the index server. Every option is also a variable SAFELIGHT_INDEX_<OPTION>.",
    )
    add_state_dir(parser)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (default: 8080)")
    parser.add_argument(
        "--workers", help="server processes (default: 1; one answers thousands of requests a second)"
    )
    parser.add_argument(
        "--fallback",
        choices=[mode.value for mode in Fallback],
        help="public names: redirect clients to the public index (default), proxy it where only this"
        " server reaches it, or off",
    )
    parser.add_argument(
        "--public-index", metavar="URL", help="project list of the public index (default: pip's own)"
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="address that clients use, when it is not host and port"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate chain (PEM): serve HTTPS")
    parser.add_argument("--tls-key", metavar="FILE", help="its private key (PEM)")
    parser.add_argument("--max-upload-mib", metavar="N", help="largest upload (default: 2048)")
    parser.add_argument(
        "--failures-per-minute", metavar="N", help="refused tokens per address before 429 (default: 60)"
    )
    parser.set_defaults(run=_serve)


def _serve(chosen: argparse.Namespace) -> int:
    given = {entry.name: getattr(chosen, entry.name) or "" for entry in fields(Settings)}
    settings = Settings.read(given)
    Database(settings.state_dir)  # a state that cannot be used is said here, once, and not by each worker
    settings.export()
    print(f"safelight-index: {settings.url} (state: {settings.state_dir})", flush=True)
    uvicorn.run(
        "safelight_index.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        http="httptools",
        ws="none",
        access_log=False,  # the audit log is ours; uvicorn's would not know token ids
        log_level="warning",
        proxy_headers=False,  # nothing is ever decided by X-Forwarded-*
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    return 0
