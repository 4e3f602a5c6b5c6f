"""How the tests of one pytest run ended, and what two sets of runs say about each other."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Outcomes = Mapping[str, str]
"""By `module.Class::test`: "passed", "failed", "error" or "skipped"."""

PASSED: Final = "passed"
MISSING: Final = "not run"
_MARKS: Final = {"failure": "failed", "error": "error", "skipped": "skipped"}


def read_outcomes(report: Path) -> dict[str, str]:
    """The outcomes in a JUnit report of pytest; none when the run ended before it wrote one."""
    if not report.exists():
        return {}
    cases = ET.parse(report).iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case: ET.Element) -> str:
    return next((_MARKS[child.tag] for child in case if child.tag in _MARKS), PASSED)


@dataclass(frozen=True)
class Comparison:
    """Several runs of the same tests on each side.

    Args:
        stock: outcomes of each run with stock
        ours: outcomes of each run with ours
    """

    stock: Sequence[Outcomes]
    ours: Sequence[Outcomes]

    @property
    def counted(self) -> list[str]:
        """Tests that pass in every run with stock: the only ones that can show a difference."""
        return sorted(name for name in self.stock[0] if all(run.get(name) == PASSED for run in self.stock))

    @property
    def unsteady(self) -> list[str]:
        """Tests that pass with stock only sometimes: they show nothing."""
        names = {name for run in self.stock for name, outcome in run.items() if outcome == PASSED}
        return sorted(names - set(self.counted))

    @property
    def lost(self) -> dict[str, list[str]]:
        """Tests that count and do not pass in some run with ours, with their outcome in each."""
        ends = {name: [run.get(name, MISSING) for run in self.ours] for name in self.counted}
        return {name: outcomes for name, outcomes in ends.items() if set(outcomes) != {PASSED}}
