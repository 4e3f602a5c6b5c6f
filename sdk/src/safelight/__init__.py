"""Safelight: FiftyOne for teams, without changing a line of your scripts."""

__version__ = "0.1.0"
