"""Recipes of the install guide, as the reader pastes them."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "install.md"
_RECIPE = re.compile(r"^<!-- recipe: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def recipes() -> dict[str, str]:
    """Every recipe of the guide by its name."""
    return {match["name"]: match["text"] for match in _RECIPE.finditer(GUIDE.read_text(encoding="utf-8"))}


def recipe(name: str, *, host: str, version: str) -> str:
    """One recipe, with the reader's own host (and port) and version in the places of the guide's."""
    text = recipes()[name]
    # A .netrc knows machines, not ports.
    text = text.replace("machine pypi.example.com", f"machine {host.partition(':')[0]}")
    return text.replace("pypi.example.com", host).replace("X.Y.Z", version)
