"""What the server can be told, in one table: the environment first, then the defaults.

Each field is the variable `SAFELIGHT_<FIELD>`. This is the one module that reads the environment. Addresses of
databases and mail servers hold passwords, so they are not options of the command line, where every user of
the machine could read them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from safelight.storage.credentials import Secret
from safelight_server.errors import SettingsError

PREFIX: Final = "SAFELIGHT_"


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("expected zero or more")
    return number


def _name(text: str) -> str:
    if not text.isidentifier():
        raise ValueError("expected a plain name")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an http:// or https:// address")
    return text.rstrip("/")


def _log_format(text: str) -> str:
    if text not in {"json", "text"}:
        raise ValueError("expected json or text")
    return text


def _file(text: str) -> Path:
    return Path(text).expanduser()


def _setting(default: Any, doc: str, read: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"read": read, "doc": doc})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a server process needs to know; the table's third column is what each field means."""

    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on", _number)
    base_url: str | None = _setting(
        None, "address under which clients know this server, for invitation links", _web_address
    )
    tls_cert: Path | None = _setting(None, "certificate chain (PEM): serve HTTPS", _file)
    tls_key: Path | None = _setting(None, "its private key (PEM)", _file)

    mongodb_uri: Secret = _setting(
        Secret("mongodb://127.0.0.1:27017"), "MongoDB, with the server's own account", Secret
    )
    relay_uri: Secret | None = _setting(
        None, "MongoDB, with the account that runs clients' writes; `bootstrap` makes it", Secret
    )
    relay_read_uri: Secret | None = _setting(
        None, "MongoDB, with the account that runs clients' reads; `bootstrap` makes it", Secret
    )
    database_name: str = _setting("fiftyone", "database with the datasets: the one that clients reach", _name)
    own_database: str = _setting("safelight", "database with users, keys and access lists", _name)

    max_body_kib: int = _setting(1024, "largest body of a REST request, in KiB", _number)
    requests_per_minute: int = _setting(1200, "REST requests of one caller; 0 for no limit", _number)
    failures_per_minute: int = _setting(60, "refused tokens from one address; 0 for no limit", _number)
    shutdown_seconds: int = _setting(30, "how long commands may take to finish at shutdown", _number)
    log_format: str = _setting("json", "json, one object per line, or text", _log_format)

    invitation_days: int = _setting(7, "how long an invitation can be accepted", _number)
    smtp_url: Secret | None = _setting(
        None, "mail server for invitations: smtp[s]://user:password@host:port", Secret
    )
    smtp_sender: str = _setting("safelight@localhost", "address that invitations come from")

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise SettingsError(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY belong together: give both or none")
        if self.database_name == self.own_database:
            raise SettingsError(
                f"{PREFIX}OWN_DATABASE must not be {self.database_name!r}, which clients can write"
            )

    @property
    def url(self) -> str:
        """The address under which clients know this server, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    @classmethod
    def read(
        cls, given: Mapping[str, str | None] | None = None, environ: Mapping[str, str] | None = None
    ) -> Settings:
        """Put settings together.

        Args:
            given: values by field name, as text, which go before the environment; None and empty ones do not count
            environ: the environment; None for the process's own

        Raises:
            SettingsError: a value is not of its kind
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for entry in fields(cls):
            variable = variable_of(entry.name)
            text = (given or {}).get(entry.name) or environ.get(variable)
            if text:
                values[entry.name] = _value(entry.metadata["read"], text, variable, entry.metadata["doc"])
        return cls(**values)


def variable_of(name: str) -> str:
    """The environment variable of a field."""
    return f"{PREFIX}{name.upper()}"


def describe() -> dict[str, str]:
    """What each variable means, for `--help` and documentation."""
    return {variable_of(entry.name): entry.metadata["doc"] for entry in fields(Settings)}


def _value(read: Callable[[str], Any], text: str, variable: str, doc: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise SettingsError(f"{variable} ({doc}): {error}, not {text!r}") from None
