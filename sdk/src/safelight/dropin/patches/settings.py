"""`fo.config` knows the API connection: api_uri, api_key, api_compressor, api_transfer_method."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

from safelight.client.logins import LOGIN_FILE
from safelight.dropin.patch import Patch, Target
from safelight.errors import ConfigError
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS

logger = logging.getLogger(__name__)

_MASK: Final = "**********"

_DEFAULTS: Final = {
    "api_uri": None,
    "api_key": None,
    "api_compressor": COMPRESSORS[0],
    "api_transfer_method": TRANSFER_METHODS[0],
}
"""Public names, with their defaults; in the environment they are FIFTYONE_API_URI and so on."""


class ApiKey(str):
    """A key that is used like any string, but not shown where settings are printed or serialized."""

    __slots__ = ()

    def serialize(self) -> str:
        """What upstream's settings write for it."""
        return _MASK

    def __repr__(self) -> str:
        return f"'{_MASK}'"


def _init(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def __init__(self: Any, d: dict[str, Any] | None = None) -> None:  # noqa: N807 - upstream's
        original(self, d)
        for name, default in _DEFAULTS.items():
            env_var = f"FIFTYONE_{name.upper()}"
            setattr(self, name, self.parse_string(d or {}, name, env_var=env_var, default=default))
        _add_login(self)

    return __init__


def _add_login(config: Any) -> None:
    """What `safelight login` has kept, where nothing else says which database is meant."""
    if config.api_key or (config.database_uri and not config.api_uri):
        return
    if not Path(LOGIN_FILE).expanduser().exists():
        return
    from safelight.config.api import logins

    try:
        login = logins().load()
    except ConfigError as error:
        logger.warning("%s", error)  # importing FiftyOne must not fail because of it
        return
    if login and config.api_uri in {None, login.uri}:
        config.api_uri, config.api_key = login.uri, login.key.reveal()


def _api_key(_original: Any) -> property:
    def get(self: Any) -> ApiKey | None:
        key: ApiKey | None = getattr(self, "_api_key", None)
        return key

    def put(self: Any, key: str | None) -> None:
        self._api_key = ApiKey(key) if key else None

    return property(get, put, doc="The key of the API connection.")


def _execute(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def execute(parser: Any, args: Any) -> None:
        if args.field == "api_key" and not args.locate:
            import fiftyone as fo

            print(_MASK if fo.config.api_key else None)  # noqa: T201 - a command line
        else:
            original(parser, args)

    return execute


def _config(attribute: str, make: Callable[[Any], Any], why: str, **rest: Any) -> Target:
    return Target("fiftyone.core.config", f"FiftyOneConfig.{attribute}", make, why, **rest)


PATCH = Patch(
    name="settings",
    summary="fo.config has the settings of the API connection, and never shows the key",
    targets=(
        _config("api_key", _api_key, "public name; printing the settings must not show it", added=True),
        _config("__init__", _init, "ignores names that it does not know", signature="(self, d=None)"),
        Target(
            "fiftyone.core.cli",
            "ConfigCommand.execute",
            _execute,
            "prints any attribute by its name",
            signature="(parser, args)",
        ),
    ),
)
