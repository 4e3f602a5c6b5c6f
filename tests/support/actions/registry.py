"""The table of actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ACTIONS: dict[str, Action] = {}


@dataclass(frozen=True)
class Action:
    """One thing that a user does.

    Attributes:
        needs: the least permission on the dataset (`VIEW`, `TAG`, `EDIT`, `MANAGE`), or what the role must
            allow: `CREATE` alone, `CLONE` beside `VIEW`; `NOTHING` for what everybody may do
        kind: which of the datasets of `support.actions.stage` it acts on
        run: does it, on the dataset of this name
    """

    name: str
    needs: str
    kind: str
    run: Callable[[str], object]


def action(needs: str, kind: str = "images") -> Callable[[Callable[[str], object]], Callable[[str], object]]:
    """Register a function as an action; its name is the action's."""

    def register(function: Callable[[str], object]) -> Callable[[str], object]:
        name = function.__name__
        ACTIONS[name] = Action(name, needs, kind, function)
        return function

    return register
