"""Glob patterns over listings: which directory to list, and which names match. Pure.

The rules are `glob.glob`'s: `*`, `?` and `[...]` stay within one segment and do not match a leading dot; `**`
as a whole segment, where it is recursive, matches any number of directories.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from safelight.files.address import split_address

_MAGIC: Final = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True)
class Glob:
    """A remote pattern, taken apart.

    Attributes:
        directory: the deepest directory without a wildcard
        patterns: one for each segment below it
        any_depth: `**` crosses directories
    """

    directory: str
    patterns: tuple[str, ...]
    any_depth: bool

    @classmethod
    def parse(cls, pattern: str, *, any_depth: bool = False) -> Glob:
        """Take a pattern apart; one without wildcards matches at most itself."""
        address = split_address(pattern)
        segments = address.tail[1:].split("/")
        fixed = next((at for at, text in enumerate(segments) if has_magic(text)), len(segments) - 1)
        return cls("/".join([address.root, *segments[:fixed]]), tuple(segments[fixed:]), any_depth)

    @property
    def is_deep(self) -> bool:
        """Matches may lie deeper than directly in `directory`."""
        return len(self.patterns) > 1 or (self.any_depth and "**" in self.patterns)

    def matches(self, relative: str) -> bool:
        """Say whether a path relative to `directory` matches."""
        return self._match(relative.split("/"), self.patterns)

    def _match(self, names: Sequence[str], patterns: Sequence[str]) -> bool:
        if not patterns:
            return not names
        if self.any_depth and patterns[0] == "**":
            deeper = bool(names) and not names[0].startswith(".") and self._match(names[1:], patterns)
            return deeper or self._match(names, patterns[1:])
        return bool(names) and _is_match(names[0], patterns[0]) and self._match(names[1:], patterns[1:])


def has_magic(text: str) -> bool:
    """Say whether the text has wildcards."""
    return _MAGIC.search(text) is not None


def _is_match(name: str, pattern: str) -> bool:
    hidden = name.startswith(".") and not pattern.startswith(".")
    return not hidden and fnmatch.fnmatchcase(name, pattern)
