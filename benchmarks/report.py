"""Tables of results, as text and in benchmarks/README.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

README: Final = Path(__file__).with_name("README.md")


@dataclass(frozen=True)
class Table:
    """One result.

    Attributes:
        name: marks its place in the README: `<!-- table NAME -->` to `<!-- end -->`
        head: titles of the columns
        rows: cells
    """

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_text(self) -> str:
        lines = [self.head, ["---"] + ["---:"] * (len(self.head) - 1), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def write_tables(tables: Sequence[Table]) -> None:
    """Put tables into their places in the README, with the machine and the day."""
    text = README.read_text(encoding="utf-8")
    for table in tables:
        begin, end = f"<!-- table {table.name} -->\n", "<!-- end -->"
        before, mark, rest = text.partition(begin)
        if mark:
            text = f"{before}{begin}{_where()}\n\n{table.as_text()}{end}{rest.partition(end)[2]}"
    README.write_text(text, encoding="utf-8")


def _where() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    day = datetime.now(timezone.utc).date().isoformat()
    python = f"Python {platform.python_version()}"
    return f"_{day}, {os.cpu_count()} cores, {platform.system()}, {python}, load {load}_"
