"""The settings of the API connection, in the names of FiftyOne Enterprise's public documentation.

An environment variable wins over FiftyOne's own config file (`~/.fiftyone/config.json`, or
`FIFTYONE_CONFIG_PATH`), the file over what `safelight login` keeps.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from safelight.client.logins import LOGIN_FILE, Logins
from safelight.client.options import ApiOptions
from safelight.config.parameters import read_object, setting, values_of
from safelight.errors import ConfigError
from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS

_FILE_VARIABLE: Final = "FIFTYONE_CONFIG_PATH"
_DEFAULT_FILE: Final = "~/.fiftyone/config.json"


@dataclass(slots=True)
class ApiConfig:
    """Which team server, and as whom. Without an address there is no API connection."""

    api_uri: str | None = setting(None, "address of the team's API server", env="FIFTYONE_API_URI")
    api_key: Secret | None = setting(None, "API key for it", env="FIFTYONE_API_KEY", read=Secret, secret=True)

    api_compressor: str = setting(
        COMPRESSORS[0],
        f"compression of what is sent: {', '.join(COMPRESSORS)}",
        env="FIFTYONE_API_COMPRESSOR",
    )
    api_transfer_method: str = setting(
        TRANSFER_METHODS[0],
        f"how it is sent: {', '.join(TRANSFER_METHODS)} (as text)",
        env="FIFTYONE_API_TRANSFER_METHOD",
    )

    def options(self) -> ApiOptions:
        """The settings in the terms of `safelight.client`.

        Raises:
            ConfigError: there is no address, or no key for it
        """
        if not self.api_uri:
            raise ConfigError(
                "there is no API connection: set FIFTYONE_API_URI and FIFTYONE_API_KEY, or `safelight login`"
            )
        if not self.api_key:
            raise ConfigError(f"there is no API key for {self.api_uri}: set FIFTYONE_API_KEY")
        return ApiOptions(self.api_uri, self.api_key)

    def tunnel_options(self) -> TunnelOptions:
        """The settings in the terms of `safelight.tunnel`.

        Raises:
            ConfigError: as `options`, or another setting cannot be meant
        """
        server = self.options()
        return TunnelOptions(
            server.uri, server.key or Secret(""), self.api_compressor, self.api_transfer_method
        )


def load_api_config(environ: Mapping[str, str] | None = None) -> ApiConfig:
    """Read the settings of the API connection.

    Args:
        environ: the environment; None for the process's own

    Raises:
        ConfigError: a setting is wrong: which one, where it stands, what was expected
    """
    environ = os.environ if environ is None else environ
    file = Path(environ.get(_FILE_VARIABLE) or _DEFAULT_FILE).expanduser()
    found = values_of(ApiConfig, environ, read_object(file, "FiftyOne's config"), file)
    login = logins().load() if not (found.api_uri and found.api_key) else None
    if login and found.api_uri in {None, login.uri}:
        return replace(found, api_uri=login.uri, api_key=found.api_key or login.key)
    return found


def logins() -> Logins:
    """What `safelight login` keeps for this user."""
    return Logins(Path(LOGIN_FILE).expanduser())
