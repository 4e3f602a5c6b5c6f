"""What an API connection is made with."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from safelight.errors import ConfigError
from safelight.storage.credentials import Secret
from safelight.wire.endpoint import PATH, subprotocol
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS


@dataclass(frozen=True, slots=True)
class TunnelOptions:
    """Settings of one API connection.

    Attributes:
        api_uri: address of the team's API server, `https://...`
        api_key: whose rights apply
        compressor: of what is sent both ways, one of `COMPRESSORS`
        transfer: how it is sent, one of `TRANSFER_METHODS`
        open_timeout_s: for one attempt to reach the server
        hold_s: how long attempts go on while the server cannot be reached, as during its restart
        keep_alive_s: between two signs of life; shorter than what proxies take for idle

    Raises:
        ConfigError: one of them cannot be meant
    """

    api_uri: str
    api_key: Secret
    compressor: str = COMPRESSORS[0]
    transfer: str = TRANSFER_METHODS[0]
    open_timeout_s: float = 10.0
    hold_s: float = 20.0
    keep_alive_s: float = 20.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.api_uri)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"api_uri: expected https://HOST or http://HOST, not {self.api_uri!r}")
        if parts.username or parts.password:
            raise ConfigError("api_uri: the key belongs in api_key (FIFTYONE_API_KEY), not in the address")
        if not self.api_key:
            raise ConfigError(f"api_uri is {self.api_uri}, but there is no api_key (FIFTYONE_API_KEY)")
        if self.compressor not in COMPRESSORS:
            raise ConfigError(
                f"api_compressor: expected one of {', '.join(COMPRESSORS)}, not {self.compressor!r}"
            )
        if self.transfer not in TRANSFER_METHODS:
            raise ConfigError(
                f"api_transfer_method: expected one of {', '.join(TRANSFER_METHODS)}, not {self.transfer!r}"
            )

    @property
    def websocket_url(self) -> str:
        """Where the WebSockets go."""
        parts = urlsplit(self.api_uri)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATH}"

    @property
    def subprotocol(self) -> str:
        """What the server is asked to speak."""
        return subprotocol(self.compressor, self.transfer)
