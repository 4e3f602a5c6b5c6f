"""What a check found."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


class Outcome(str, enum.Enum):
    """How one hop did."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Finding:
    """One hop.

    Attributes:
        hop: its name
        outcome: how it did
        detail: what was seen, without any secret
        remedy: what to do; empty where there is nothing to do
    """

    hop: str
    outcome: Outcome
    detail: str
    remedy: str = ""


@dataclass(slots=True)
class Report:
    """The hops in the order in which they were tried.

    Attributes:
        subject: what was checked
        findings: one per hop
    """

    subject: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a hop failed."""
        return any(finding.outcome is Outcome.FAILED for finding in self.findings)

    def add(self, hop: str, outcome: Outcome, detail: str, remedy: str = "") -> Finding:
        """Note one more hop."""
        finding = Finding(hop, outcome, detail, remedy)
        self.findings.append(finding)
        return finding

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The report as text, a remedy below each hop that needs one."""
        width = max((len(finding.hop) for finding in self.findings), default=0)
        for finding in self.findings:
            yield f"{_MARKS[finding.outcome]} {finding.hop:<{width}}  {finding.detail}"
            if finding.remedy:
                yield f"  {'':<{width}}  -> {finding.remedy}"


_MARKS = {Outcome.OK: "+", Outcome.WARNING: "!", Outcome.FAILED: "x", Outcome.LEFT_OUT: "-"}
