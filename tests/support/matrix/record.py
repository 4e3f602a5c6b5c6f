"""What the last recorded runs of the rows cost: `record.json` beside this module, one line for each row.

`make matrix` records all of them anew; with `RECORD_MATRIX=1` the tests that run record their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from support.environment import MACHINE
from support.places.providers import PROVIDERS
from support.places.traffic import Traffic

_FILE: Final = Path(__file__).with_name("record.json")
_SLACK: Final = 1.1
"""How many more bytes a run may move: addresses in listings and errors have no fixed length."""

RECORDING: Final = bool(MACHINE.get("RECORD_MATRIX"))
"""Whether runs write the record instead of being compared with it."""


@dataclass(frozen=True)
class Cost:
    """Of one row at one provider.

    Attributes:
        requests: by kind, see `support.places.traffic.Kind`
        received: bytes that came from the store
        uploaded: bytes that went there
    """

    requests: Mapping[str, int]
    received: int
    uploaded: int

    @classmethod
    def of(cls, traffic: Traffic) -> Cost:
        """What the traffic cost."""
        return cls(traffic.counts(), traffic.received, traffic.uploaded)

    @property
    def total(self) -> int:
        """How many requests there were."""
        return sum(self.requests.values())

    def exceeds(self, other: Cost, *, reads_vary: bool = False) -> bool:
        """Whether this is more than the other, which was recorded; reads are left out where they vary."""
        if reads_vary:
            return self._without_reads().exceeds(other._without_reads())
        return (
            self.total > other.total
            or self.received > other.received * _SLACK
            or self.uploaded > other.uploaded * _SLACK
        )

    def _without_reads(self) -> Cost:
        return Cost(
            {kind: count for kind, count in self.requests.items() if kind != "read"}, 0, self.uploaded
        )


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes:
        name: the row's
        area: the row's
        costs: by provider, in the order of the page
        absent: why upstream cannot do it where the tests run; empty where it can
    """

    name: str
    area: str
    costs: Mapping[str, Cost]
    absent: str = ""


def read() -> dict[str, Entry]:
    """The record, by the names of the rows."""
    if not _FILE.exists():
        return {}
    lines: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        line["name"]: Entry(**line | {"costs": {name: Cost(**cost) for name, cost in line["costs"].items()}})
        for line in lines
    }


def write(entries: Iterable[Entry]) -> None:
    """Replace the record."""
    lines = [json.dumps(asdict(entry)) for entry in entries]
    _FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def _in_order(costs: Mapping[str, Cost]) -> dict[str, Cost]:
    return {provider: costs[provider] for provider in PROVIDERS if provider in costs}


def note(name: str, area: str, provider: str, cost: Cost) -> None:
    """Record a run of one row at one provider."""
    entries = read()
    costs = dict(entries[name].costs) if name in entries else {}
    entries[name] = Entry(name, area, _in_order(costs | {provider: cost}))
    write(entries.values())


def note_all(areas: Mapping[str, str], absent: Iterable[Entry]) -> None:
    """Bring the record into the order of the rows, without those that are gone."""
    entries = read() | {entry.name: entry for entry in absent}
    order = [*areas, *(entry.name for entry in absent)]
    write(entries[name] for name in order if name in entries)
