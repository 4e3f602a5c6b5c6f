"""The permission table: what each role ends up with, for every level granted in every way."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parents[1] / "team" / "permissions.csv"
LEVELS = ["NO_ACCESS", "VIEW", "TAG", "EDIT", "MANAGE"]


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        role: whose
        through: `default`, `user` or `group`
        granted: the level that is granted that way
        effective: what the role may then do
    """

    role: str
    through: str
    granted: str
    effective: str

    def __str__(self) -> str:
        return f"{self.role}-{self.through}-{self.granted}"


def read_table() -> list[Cell]:
    """All cells."""
    with TABLE.open(newline="") as lines:
        return [
            Cell(row["role"], row["through"], level, row[level])
            for row in csv.DictReader(lines)
            for level in LEVELS
        ]
