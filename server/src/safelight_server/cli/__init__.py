"""The `safelight-server` command."""

from safelight_server.cli.main import main

__all__ = ["main"]
