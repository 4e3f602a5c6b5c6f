"""Paths on this machine, behind the same protocol."""
