"""The `safelight-index` command."""

from safelight_index.cli.main import main

__all__ = ["main"]
