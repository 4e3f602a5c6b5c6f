"""Shapes that every route shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, TypeAlias, TypeVar

from pydantic import StringConstraints

Item = TypeVar("Item")

Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description: TypeAlias = Annotated[str, StringConstraints(max_length=2000)]


@dataclass(frozen=True, slots=True)
class Items(Generic[Item]):
    """A list; an object, so that it can grow fields."""

    items: tuple[Item, ...]
