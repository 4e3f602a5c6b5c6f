"""The `safelight` command."""

from safelight.cli.main import main

__all__ = ["main"]
