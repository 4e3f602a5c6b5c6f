"""Whether there can be any of FiftyOne's documents."""

from __future__ import annotations

import sys


def upstream_is_imported() -> bool:
    """False in a program that uses mongoengine by itself: there nothing of ours may import FiftyOne."""
    return "fiftyone.core.odm" in sys.modules
