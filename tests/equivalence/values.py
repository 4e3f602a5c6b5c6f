"""Values of samples that go from one process to another: plain ones, and labels before they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Made:
    """An object of upstream that is still to be made.

    Attributes:
        kind: name of its class in `fiftyone`
        arguments: of the constructor
    """

    kind: str
    arguments: dict[str, Any]


def build(value: Any) -> Any:
    """The value with all that is still to be made in it."""
    if isinstance(value, Made):
        import fiftyone as fo

        return getattr(fo, value.kind)(**build(value.arguments))
    if isinstance(value, dict):
        return {key: build(each) for key, each in value.items()}
    return [build(each) for each in value] if isinstance(value, list) else value
