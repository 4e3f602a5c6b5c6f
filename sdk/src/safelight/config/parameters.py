"""What a setting is: where it comes from, how it is read, what it means and what it is otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

from safelight.errors import ConfigError
from safelight.storage.credentials import Secret

T = TypeVar("T")

_WORDS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """Where a setting comes from.

    Attributes:
        env: environment variable, or None
        read: makes the value from what the environment (text) or the file (JSON) says; raises `ValueError`
        in_file: whether the file may set it, by the field's name
        doc: what it means
        secret: whether its value must not be shown
    """

    env: str | None
    read: Callable[[Any], Any]
    in_file: bool
    doc: str
    secret: bool = False


def integer(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError("expected a whole number")
    return int(value)


def positive(value: Any) -> int:
    """A whole number above zero."""
    number = integer(value)
    if number < 1:
        raise ValueError("expected a number above zero")
    return number


def boolean(value: Any) -> bool:
    """True or false, in the usual words."""
    if isinstance(value, bool):
        return value
    try:
        return _WORDS[str(value).strip().lower()]
    except KeyError:
        raise ValueError("expected true or false") from None


def text(value: Any) -> str:
    """Text."""
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 - one kind of error for wrong settings
    return value


def path(value: Any) -> str:
    """A path of this machine, made absolute."""
    return str(Path(text(value)).expanduser().absolute())


def names(value: Any) -> frozenset[str]:
    """Names separated by commas."""
    return frozenset(name.strip() for name in text(value).split(",") if name.strip())


def client_arguments(value: Any) -> dict[str, dict[str, Any]]:
    """Arguments for the clients of providers, by provider."""
    if isinstance(value, dict) and all(isinstance(kwargs, dict) for kwargs in value.values()):
        return value
    raise ValueError('expected an object of objects, such as {"s3": {"max_pool_connections": 20}}')


def setting(
    default: Any,
    doc: str,
    *,
    env: str | None = None,
    read: Callable[[Any], Any] = text,
    in_file: bool = True,
    secret: bool = False,
) -> Any:
    """A field of a table of settings."""
    metadata = {"parameter": Parameter(env, read, in_file, doc, secret)}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def secret(env: str, doc: str) -> Any:
    """A setting that only the environment has, and that nobody may see."""
    return setting(None, doc, env=env, read=Secret, in_file=False, secret=True)


def variable(env: str, doc: str, *, default: Any = None, read: Callable[[Any], Any] = text) -> Any:
    """A setting that only the environment has."""
    return setting(default, doc, env=env, read=read, in_file=False)


def read_object(file: Path, what: str) -> dict[str, Any]:
    """What a file with a JSON object says; nothing, where there is no file.

    Args:
        file: where it is
        what: what it is, for errors

    Raises:
        ConfigError: it cannot be read, or is something else
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {what} {file}: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{what} {file} is not a JSON object")
    return content


def values_of(
    owner: type[T],
    environ: Mapping[str, str],
    content: Mapping[str, Any] | None = None,
    file: Path | None = None,
) -> T:
    """Fill a table of settings.

    Args:
        owner: a dataclass whose fields are settings
        environ: the environment; it wins
        content: what the file says
        file: which file that is, for errors

    Raises:
        ConfigError: a setting is wrong: which one, where it stands, what was expected
    """
    values = {}
    for name, parameter in parameters_of(owner).items():
        if parameter.env and environ.get(parameter.env):
            values[name] = _read(parameter, environ[parameter.env], parameter.env)
        elif parameter.in_file and content and content.get(name) is not None:
            values[name] = _read(parameter, content[name], f"{name!r} in {file}")
    return owner(**values)


def parameters_of(owner: Any) -> dict[str, Parameter]:
    """The settings of a table, by field name."""
    return {each.name: each.metadata["parameter"] for each in fields(owner)}


def _read(parameter: Parameter, value: Any, source: str) -> Any:
    try:
        return parameter.read(value)
    except (ValueError, TypeError) as error:
        shown = "" if parameter.secret else f", not {value!r}"
        raise ConfigError(f"{source} ({parameter.doc}): {error}{shown}") from None
