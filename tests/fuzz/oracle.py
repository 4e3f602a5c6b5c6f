"""What must never be sent to MongoDB for somebody who can view one dataset and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId

from safelight.wire import messages
from safelight.wire.documents import Documents
from safelight_server.authz.decision import Account, Forward

_TARGETS = frozenset({"from", "coll", "into", "$out", "$merge", "$unionWith"})
_JAVASCRIPT = frozenset({"$where", "$function", "$accumulator"})
_WRITING_STAGES = frozenset({"$out", "$merge"})
_ROW_WRITES = frozenset({"update", "insert", "delete", "findAndModify"})
_WITHOUT_TARGET = frozenset(
    {"listCollections", "buildInfo", "buildinfo", "commitTransaction", "abortTransaction"}
)
"""Commands whose own value MongoDB does not look at."""
_SAMPLES = ("samples.", "frames.", "clips.", "patches.")


def problems(forward: Forward, forbidden: ObjectId) -> list[str]:
    """Why a decision is wrong; an empty list when it is not.

    Args:
        forward: what would be sent
        forbidden: a dataset that the principal cannot see
    """
    return [*_of_body(forward, str(forbidden)), *_of_account(forward)]


def _of_body(forward: Forward, forbidden: str) -> Iterator[str]:
    name, target = next(iter(forward.body.items()))
    if isinstance(target, str) and forbidden in target:
        yield f"{name} of a dataset that it cannot see"
    if name not in _WITHOUT_TARGET and not isinstance(target, (str, int)):
        yield f"{name} of {target!r}"
    for key, value in _items({**forward.body, "comment": None}):
        if key in _JAVASCRIPT:
            yield f"JavaScript: {key}"
        if key in _TARGETS and forbidden in str(value):
            yield f"{key} reaches a dataset that it cannot see"
        if key in {"$db", "$graphLookup", "$currentOp", "$documents"}:
            yield f"{key} is in it"


def _of_account(forward: Forward) -> Iterator[str]:
    name, target = next(iter(forward.body.items()))
    stages = {key for key, _ in _items(forward.body.get("pipeline"))} if name == "aggregate" else set()
    if forward.account is Account.READ and (name in _ROW_WRITES or stages & _WRITING_STAGES):
        yield f"{name} with the account that reads"
    if forward.account is Account.WRITE and str(target).startswith(_SAMPLES) and not stages & _WRITING_STAGES:
        yield f"{name} changes samples that it can only view"
    for documents in forward.sections.values():
        if not isinstance(documents, Documents):
            messages.build(forward.body, sequences=forward.sections)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from _items(item)
    elif isinstance(value, list):
        for item in value:
            yield from _items(item)
