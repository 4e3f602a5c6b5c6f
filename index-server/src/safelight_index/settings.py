"""What the server can be told, in one table: flags of `serve` first, then the environment, then the defaults.

This is the one module that reads the environment, and how `serve` tells its worker processes what it was
told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from safelight_index._pypiserver import PUBLIC_INDEX
from safelight_index.errors import SettingsError

ENVIRONMENT_PREFIX = "SAFELIGHT_INDEX_"
_DEFAULT_STATE = Path("~/.safelight/index")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Fallback(str, Enum):
    """What happens to names that are not private."""

    REDIRECT = "redirect"
    PROXY = "proxy"
    OFF = "off"


@dataclass(frozen=True)
class Settings:
    """Everything a server process needs to know; each field is also the flag and the variable of its name.

    Attributes:
        state_dir: where the state is kept
        host: address to listen on
        port: port to listen on
        workers: how many processes serve
        fallback: what happens to public names
        public_index: address of the public index's project list; the default is pypiserver's
        base_url: address under which clients know this server; None when they use host and port
        tls_cert: certificate chain, PEM; with `tls_key`, the server speaks HTTPS
        tls_key: its private key
        max_upload_mib: largest accepted upload, in MiB
        failures_per_minute: refused tokens per address before it is told to wait
    """

    state_dir: Path = field(default_factory=_DEFAULT_STATE.expanduser)
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    fallback: Fallback = Fallback.REDIRECT
    public_index: str = PUBLIC_INDEX
    base_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    max_upload_mib: int = 2048
    failures_per_minute: int = 60

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise SettingsError("--tls-cert and --tls-key belong together: give both or none")
        if self.workers < 1:
            raise SettingsError("--workers must be at least 1")
        for name, url in (("--public-index", self.public_index), ("--base-url", self.base_url)):
            if url is not None and (urlsplit(url).scheme not in _DEFAULT_PORTS or not urlsplit(url).hostname):
                raise SettingsError(f"{name} must be an http:// or https:// address, not {url!r}")
        if self.fallback is Fallback.REDIRECT and "@" in urlsplit(self.public_index).netloc:
            raise SettingsError(
                "--public-index with credentials would show them to all: use --fallback proxy"
            )
        if _origin(self.public_index) in {_origin(self.url), _origin(self._listening)}:
            raise SettingsError("--public-index is this server itself: tokens would follow its redirects")

    @property
    def url(self) -> str:
        """The address under which clients know this server, without a slash at the end."""
        return (self.base_url or self._listening).rstrip("/")

    @property
    def _listening(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    @classmethod
    def read(cls, given: Mapping[str, str] | None = None) -> Settings:
        """Put settings together.

        Args:
            given: values by field name, as text, which go before the environment

        Raises:
            SettingsError: a value is not of its kind
        """
        values: dict[str, object] = {}
        for entry in fields(cls):
            text = (given or {}).get(entry.name) or os.environ.get(ENVIRONMENT_PREFIX + entry.name.upper())
            if text:
                values[entry.name] = _value(entry.name, text)
        return cls(**values)  # type: ignore[arg-type]  # each value was made by its field's own reader

    def export(self) -> None:
        """Put the settings into the environment, for the worker processes that will be started."""
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value is not None:
                text = value.value if isinstance(value, Enum) else str(value)
                os.environ[ENVIRONMENT_PREFIX + entry.name.upper()] = text


def _value(name: str, text: str) -> object:
    try:
        if name in {"port", "workers", "max_upload_mib", "failures_per_minute"}:
            return int(text)
        if name in {"state_dir", "tls_cert", "tls_key"}:
            return Path(text).expanduser()
        return Fallback(text) if name == "fallback" else text
    except ValueError:
        raise SettingsError(f"{name}: {text!r} is not a value that it can have") from None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
