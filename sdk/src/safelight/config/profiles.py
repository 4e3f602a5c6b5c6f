"""Sections of `.ini` files that hold credentials: `[default]`, `[team]`, ..."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from configparser import ConfigParser, Error, InterpolationError
from dataclasses import dataclass
from pathlib import Path

from safelight.errors import ConfigError


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """One section of a file.

    Attributes:
        source: which file and section, for people
        values: what it says; it may hold secrets, so a profile has no `repr` of its own
    """

    source: str
    values: Mapping[str, str]


def read_profile(path: str, name: str | None, known: AbstractSet[str]) -> Profile:
    """Read one section.

    Args:
        path: the file
        name: the section; None is `default`
        known: the keys that may stand there

    Raises:
        ConfigError: no such file, section or key, or a value with a lone `%`
    """
    section = name or "default"
    source = f"section [{section}] of {path}"
    parser = ConfigParser()
    try:
        parser.read_string(Path(path).read_text(encoding="utf-8"))
        values = dict(parser.items(section)) if parser.has_section(section) else None
    except OSError as error:
        raise ConfigError(f"cannot read the credentials file {path}: {error.strerror or error}") from None
    except InterpolationError:
        raise ConfigError(f"{source}: a % in a value is written %%") from None
    except (Error, UnicodeDecodeError):
        # The parser's own message quotes the line, which may be a secret.
        raise ConfigError(
            f"{path} is not an .ini file: expected [section] lines, and key = value below"
        ) from None
    if values is None:
        there = ", ".join(parser.sections()) or "none"
        raise ConfigError(f"{path} has no section [{section}]; it has: {there}")
    if unknown := sorted(set(values) - known):
        raise ConfigError(f"{source}: unknown key {unknown[0]!r}; expected {', '.join(sorted(known))}")
    return Profile(source, values)
