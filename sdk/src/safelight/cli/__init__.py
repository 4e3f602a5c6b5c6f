"""The `safelight` command."""
