"""Counters of one server process, in Prometheus' text format."""

from __future__ import annotations

from collections import Counter

_HELP = {
    "safelight_index_requests_total": "Requests answered, by kind.",
    "safelight_index_refused_total": "Requests without a good token, by reason.",
    "safelight_index_fallbacks_total": "Public names sent or fetched elsewhere.",
}


class Metrics:
    """Counts what happened since the process started."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def request(self, kind: str) -> None:
        """Count an answered request: page, download, upload."""
        self._counts["safelight_index_requests_total", "kind", kind] += 1

    def refused(self, reason: str) -> None:
        """Count a refusal by the name of its error class."""
        self._counts["safelight_index_refused_total", "reason", reason] += 1

    def fallback(self) -> None:
        """Count a public name that was looked up."""
        self._counts["safelight_index_fallbacks_total", "mode", "public"] += 1

    def text(self) -> str:
        """Write all counters."""
        lines = []
        for metric, meaning in _HELP.items():
            lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} counter"]
            samples = sorted(item for item in self._counts.items() if item[0][0] == metric)
            lines += [f'{metric}{{{label}="{value}"}} {count}' for (_, label, value), count in samples]
        return "\n".join(lines) + "\n"
