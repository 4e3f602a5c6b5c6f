"""Safelight's token-authenticated private package index."""

__version__ = "0.1.0"
