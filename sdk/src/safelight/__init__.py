"""Safelight: FiftyOne for teams, without changing a line of your scripts."""

from safelight.dropin.activation import expect as _expect

__version__ = "0.1.0"

_expect()
