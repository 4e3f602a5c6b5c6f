"""Upstream's imports of large libraries, carried out on first use."""
