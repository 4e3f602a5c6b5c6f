"""Safelight's team server and its embedded stack."""

__version__ = "0.1.0"
