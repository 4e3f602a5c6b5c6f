"""The table of seams as people and programs read it: every target against one upstream."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby

from safelight.dropin.upstream import Verdict


def status_of(verdict: Verdict) -> str:
    """One word, or what is wrong."""
    if not verdict.applies:
        return "other versions"
    return verdict.problem or "fits"


def as_text(verdicts: Iterable[Verdict]) -> str:
    """For a terminal: a heading for each patch, its targets below."""
    lines: list[str] = []
    for patch, group in groupby(verdicts, key=lambda verdict: verdict.patch):
        lines += ["", f"{patch.name}: {patch.summary}"]
        for verdict in group:
            mark = {"fits": "  ok ", "other versions": "  -- "}.get(status_of(verdict), "  !! ")
            lines.append(f"{mark}{verdict.target.name}")
            lines.append(f"       {verdict.target.why}")
            if verdict.problem:
                lines.append(f"       {verdict.target.attribute} {verdict.problem}")
    return "\n".join(lines[1:])


def as_markdown(verdicts: Iterable[Verdict]) -> str:
    """For the documentation: one table for each patch."""
    lines: list[str] = []
    for patch, group in groupby(verdicts, key=lambda verdict: verdict.patch):
        lines += ["", f"### `{patch.name}`", "", f"{patch.summary}", ""]
        lines += ["| target | why | upstream |", "|---|---|---|"]
        for verdict in group:
            target = verdict.target
            name = f"`{target.module}`<br>`{target.attribute}{target.signature or ''}`"
            lines.append(f"| {name} | {_cell(target.why)} | {_cell(_bounds(verdict))} |")
    return "\n".join(lines[1:])


def as_json(verdicts: Iterable[Verdict]) -> str:
    """For programs: a list of objects."""
    rows = [
        {
            "patch": verdict.patch.name,
            "module": verdict.target.module,
            "attribute": verdict.target.attribute,
            "signature": verdict.target.signature,
            "added": verdict.target.added,
            "since": verdict.target.since,
            "until": verdict.target.until,
            "why": verdict.target.why,
            "applies": verdict.applies,
            "problem": verdict.problem,
        }
        for verdict in verdicts
    ]
    return json.dumps(rows, indent=2)


def _bounds(verdict: Verdict) -> str:
    target = verdict.target
    parts = [
        "added by us" if target.added else "",
        f"since {target.since}" if target.since else "",
        f"until {target.until}" if target.until else "",
        verdict.problem or "",
    ]
    return ", ".join(part for part in parts if part)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
