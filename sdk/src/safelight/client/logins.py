"""Where `safelight login` keeps which server somebody uses, and the key.

The key goes into the keyring of the operating system where the package `keyring` is installed and finds one,
else into the file itself, which only its owner can read.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safelight.errors import ConfigError
from safelight.storage.credentials import Secret

LOGIN_FILE: Final = "~/.fiftyone/safelight-login.json"

_SERVICE: Final = "safelight"
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Login:
    """A server and a key for it."""

    uri: str
    key: Secret


class Logins:
    """The login of this user on this machine; there is one at a time.

    Args:
        file: where it is kept
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def load(self) -> Login | None:
        """The login, if there is one.

        Raises:
            ConfigError: the file cannot be read
        """
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
            uri = str(content["api_uri"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"cannot read the login in {self.file}: {error}; run `safelight login` again"
            ) from error
        key = content.get("api_key") or _from_keyring(uri)
        return Login(uri, Secret(key)) if key else None

    def save(self, login: Login) -> str:
        """Keep a login instead of the one before; returns where the key is, for people.

        Raises:
            ConfigError: the file cannot be written
        """
        self.forget()
        content = {"api_uri": login.uri}
        in_keyring = _to_keyring(login)
        if not in_keyring:
            content["api_key"] = login.key.reveal()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            _write_private(self.file, json.dumps(content, indent=2) + "\n")
        except OSError as error:
            raise ConfigError(f"cannot write the login to {self.file}: {error.strerror or error}") from error
        return "the keyring" if in_keyring else str(self.file)

    def forget(self) -> bool:
        """Keep no login; say whether there was one."""
        try:
            uri = json.loads(self.file.read_text(encoding="utf-8")).get("api_uri")
            self.file.unlink()
        except (OSError, ValueError, AttributeError):
            return False
        _out_of_keyring(str(uri))
        return True


def _write_private(file: Path, text: str) -> None:
    # Never readable by others, not even for a moment, whatever file was there before.
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    temporary.replace(file)


def _keyring() -> Any:
    """The module `keyring` when it has somewhere to keep things, else None."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), fail.Keyring) else keyring


def _to_keyring(login: Login) -> bool:
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(_SERVICE, login.uri, login.key.reveal())
    except keyring.errors.KeyringError:
        return False
    return True


def _from_keyring(uri: str) -> str | None:
    keyring = _keyring()
    if keyring is None:
        return None
    try:
        found: str | None = keyring.get_password(_SERVICE, uri)
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"the keyring does not give the API key for {uri}: {error}") from error
    return found


def _out_of_keyring(uri: str) -> None:
    keyring = _keyring()
    if keyring is not None:
        with suppress(keyring.errors.KeyringError):
            keyring.delete_password(_SERVICE, uri)
