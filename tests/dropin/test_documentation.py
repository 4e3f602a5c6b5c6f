from __future__ import annotations

from pathlib import Path

from safelight.dropin import table, targets
from safelight.dropin.upstream import Verdict

TABLE = Path(__file__).parents[2] / "docs" / "design" / "seams-table.md"


def test_the_documented_table_is_the_real_one() -> None:
    verdicts = [Verdict(patch, target) for patch in targets.ALL for target in patch.seams]
    assert TABLE.read_text(encoding="utf-8") == table.as_markdown(verdicts) + "\n", (
        f"write it anew: safelight seams --markdown > docs/design/{TABLE.name}"
    )
