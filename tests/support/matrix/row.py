"""Rows of the matrix, and where they are registered."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol

from support.places.providers import PROVIDERS


class Workflow(Protocol):
    """Does the work in a place, and returns what came of it: plain values, in which addresses may stand."""

    def __call__(self, stage: Any, /) -> Any: ...


@dataclass(frozen=True)
class Row:
    """One workflow of FiftyOne.

    Attributes:
        name: unique; part of the test's name
        area: the heading under which the page has it
        run: the workflow
        types: the dataset types of upstream that it shows
        providers: where it runs beside this machine
        probes: whether ffprobe looks at videos in the store: it asks for them in one piece or in several, as
            the answers come
        reads_again: why it may fetch a file more than once; empty where it must not
    """

    name: str
    area: str
    run: Workflow
    types: tuple[Any, ...] = ()
    providers: tuple[str, ...] = PROVIDERS
    probes: bool = False
    reads_again: str = ""


@dataclass(frozen=True)
class Absent:
    """What upstream itself cannot do where the tests run.

    Attributes:
        name: as of rows
        area: as of rows
        reason: for the page
        types: as of rows
    """

    name: str
    area: str
    reason: str
    types: tuple[Any, ...] = ()


_ROWS: Final[dict[str, Row]] = {}
_ABSENT: Final[dict[str, Absent]] = {}


def add(row: Row) -> None:
    """Register a row.

    Raises:
        ValueError: there is one of this name
    """
    if row.name in _ROWS:
        raise ValueError(f"the matrix has a row {row.name!r} already")
    _ROWS[row.name] = row


def add_absent(absent: Absent) -> None:
    """Register what cannot be done."""
    _ABSENT[absent.name] = absent


def row(name: str, area: str, **options: Any) -> Callable[[Workflow], Workflow]:
    """Register the decorated workflow.

    Args:
        name: as of `Row`
        area: as of `Row`
        **options: the other attributes of `Row`
    """

    def register(workflow: Workflow) -> Workflow:
        add(Row(name, area, workflow, **options))
        return workflow

    return register


def all_rows() -> Sequence[Row]:
    """Every row of the modules in `rows/`."""
    _load()
    return tuple(_ROWS.values())


def all_absent() -> Sequence[Absent]:
    """All that cannot be done."""
    _load()
    return tuple(_ABSENT.values())


def _load() -> None:
    rows = import_module("support.matrix.rows")
    for module in pkgutil.iter_modules(rows.__path__):
        import_module(f"support.matrix.rows.{module.name}")
