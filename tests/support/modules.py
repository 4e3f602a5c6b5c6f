"""Throw-away packages that stand in for upstream."""

from __future__ import annotations

from collections.abc import Callable

WriteModule = Callable[[str, str], str]
"""Writes the source of a module of the given dotted name where it can be imported, and returns the name."""
