"""What the server can be told, in one table: the environment first, then the defaults.

Each field is the variable `SAFELIGHT_<FIELD>`. This is the one module that reads the environment. Addresses
of databases and mail servers hold passwords, so they are not options of the command line, where every user
of the machine could read them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_type_hints
from urllib.parse import urlsplit

from safelight.storage.credentials import Secret
from safelight_server.errors import SettingsError

PREFIX: Final = "SAFELIGHT_"
_LOCAL_MONGODB: Final = Secret("mongodb://127.0.0.1:27017")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("expected a number, zero or more")
    return int(text)


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


@dataclass(frozen=True, slots=True)
class Variable:
    """What a variable means, and how its text is read; `read` raises `ValueError`."""

    doc: str
    read: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a server process needs to know."""

    host: Annotated[str, Variable("address to listen on")] = "127.0.0.1"
    port: Annotated[int, Variable("port to listen on", _number)] = 8000
    base_url: Annotated[
        str | None, Variable("address under which clients know this server", _web_address)
    ] = None
    tls_cert: Annotated[Path | None, Variable("certificate chain (PEM): serve HTTPS", _file)] = None
    tls_key: Annotated[Path | None, Variable("its private key (PEM)", _file)] = None

    mongodb_uri: Annotated[Secret, Variable("MongoDB, with the server's own account", Secret)] = (
        _LOCAL_MONGODB
    )
    relay_uri: Annotated[
        Secret | None, Variable("MongoDB, with the account that runs clients' writes", Secret)
    ] = None
    relay_read_uri: Annotated[
        Secret | None, Variable("MongoDB, with the account that runs clients' reads", Secret)
    ] = None
    mongodb_admin_uri: Annotated[
        Secret | None, Variable("MongoDB, with an account that may create accounts: for `bootstrap`", Secret)
    ] = None
    database_name: Annotated[str, Variable("database with the datasets: clients reach it", _name)] = (
        "fiftyone"
    )
    own_database: Annotated[str, Variable("database with users, keys and access lists", _name)] = "safelight"

    max_body_kib: Annotated[int, Variable("largest body of a REST request, in KiB", _number)] = 1024
    requests_per_minute: Annotated[int, Variable("REST requests of one caller; 0 for no limit", _number)] = (
        1200
    )
    unknown_tokens_per_minute: Annotated[
        int, Variable("unknown tokens from one address; 0 for no limit", _number)
    ] = 60
    shutdown_seconds: Annotated[int, Variable("how long commands may take to finish at the end", _number)] = (
        30
    )
    log_format: Annotated[str, Variable("json, one object per line, or text", _log_format)] = "json"

    temporary_dataset_hours: Annotated[
        int,
        Variable("how long non-persistent datasets outlast a visit; 0: for ever", _number),
    ] = 24
    invitation_days: Annotated[int, Variable("how long an invitation can be accepted", _number)] = 7
    smtp_url: Annotated[
        Secret | None, Variable("mail server for invitations: smtp[s]://user:password@host:port", Secret)
    ] = None
    smtp_sender: Annotated[str, Variable("address that invitations come from")] = "safelight@localhost"

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
            given: values by field name, as text, which go before the environment unless they are empty
            environ: the environment; None for the process's own

        Raises:
            SettingsError: a value is not of its kind
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name, entry in _table().items():
            text = (given or {}).get(name) or environ.get(variable_of(name))
            if text:
                values[name] = _value(entry, text, variable_of(name))
        return cls(**values)


def variable_of(name: str) -> str:
    """The environment variable of a field."""
    return f"{PREFIX}{name.upper()}"


def describe() -> dict[str, str]:
    """What each variable means, and its default where there is one, for `--help`."""
    defaults = Settings()
    return {
        variable_of(name): entry.doc + _default_as_text(getattr(defaults, name))
        for name, entry in _table().items()
    }


def _default_as_text(value: Any) -> str:
    if value is None:
        return ""
    return f" (default: {value.reveal() if isinstance(value, Secret) else value})"


def _table() -> dict[str, Variable]:
    hints = get_type_hints(Settings, include_extras=True)
    return {name: get_args(hint)[1] for name, hint in hints.items()}


def _value(entry: Variable, text: str, variable: str) -> Any:
    try:
        return entry.read(text)
    except ValueError as error:
        raise SettingsError(f"{variable} ({entry.doc}): {error}, not {text!r}") from None
