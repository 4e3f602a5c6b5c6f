"""Everything FiftyOne lets people do with datasets, one function each, by the least permission it needs.

`ACTIONS` is what the captured command corpus was made from, and what the permission table runs end to end. An
action gets the dataset's name, loads it like a user's script does, and raises when it could not do its work.
"""

from __future__ import annotations

from support.actions.registry import ACTIONS, Action, action

__all__ = ["ACTIONS", "Action", "action", "load_all"]


def load_all() -> dict[str, Action]:
    """Register every action; imports upstream."""
    from support.actions import creating, editing, managing, runs, tagging, viewing  # noqa: F401 - they register

    return ACTIONS
