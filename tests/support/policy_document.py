"""The table of `docs/design/policy.md`: `PYTHONPATH=tests python -m support.policy_document` writes it."""

from __future__ import annotations

from pathlib import Path

from safelight_server.authz.names import Kind
from safelight_server.authz.table import TABLE

DOCUMENT = Path(__file__).parents[2] / "docs" / "design" / "policy.md"
BEGIN, END = "<!-- the table, generated -->", "<!-- end of the table -->"


def table() -> str:
    """The policy table as Markdown; what has the same rule shares a line."""
    rows: dict[tuple[Kind, str, str], list[str]] = {}
    for kind in Kind:
        for (command, target), row in TABLE.items():
            if target is kind:
                rows.setdefault((kind, row.needs, row.checks), []).append(f"`{command}`")
    lines: dict[tuple[str, str, str], list[str]] = {}
    for (kind, needs, checks), commands in rows.items():
        lines.setdefault((", ".join(commands), needs, checks), []).append(kind.value)
    return "\n".join(
        [
            "| on | command | least permission | and |",
            "|---|---|---|---|",
            *(
                f"| {', '.join(kinds)} | {commands} | {needs} | {checks} |"
                for (commands, needs, checks), kinds in lines.items()
            ),
        ]
    )


def document() -> str:
    """The document with the table as it should be."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
