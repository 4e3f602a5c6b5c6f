"""Whose credentials are used: those of the account, else Google's application default credentials.

`google.auth.default` asks in the documented order: GOOGLE_APPLICATION_CREDENTIALS, the file of
`gcloud auth application-default login`, App Engine, the metadata server of the machine. Where it finds
nothing, requests are not signed, as public buckets allow.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import google.auth
from google.auth import app_engine, compute_engine
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from safelight.errors import ConfigError, CredentialsError
from safelight.storage.gcs.options import GCSAccount

SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)

GCLOUD: Final = "gcloud's application default credentials"
APP_ENGINE: Final = "App Engine"
METADATA_SERVER: Final = "the machine's metadata server"
NOBODY: Final = "nobody"

_NOT_FOUND: Final = "default credentials were not found"


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """Credentials, and where they come from. They hold secrets, so there is no `repr`.

    Attributes:
        credentials: of `google.auth`; anonymous ones where there are none
        project: the project that they belong to, if they say so
        source: where they come from, for people
    """

    credentials: Any
    project: str | None
    source: str

    @property
    def anonymous(self) -> bool:
        return isinstance(self.credentials, AnonymousCredentials)


def find_credentials(account: GCSAccount, request: Any) -> Found:
    """Find the credentials of an account.

    Args:
        account: whose
        request: `google.auth`'s transport, for sources that are asked over the network

    Raises:
        ConfigError: a file that is no credentials file
        CredentialsError: credentials are configured, but not to be had
    """
    if account.anonymous:
        return Found(AnonymousCredentials(), None, account.source or "anonymous in the options")
    with _readably(account.source):
        if account.credentials_json:
            content = _parsed(account.credentials_json.reveal(), account.source)
            credentials, project = google.auth.load_credentials_from_dict(
                content, scopes=SCOPES, request=request
            )
            return Found(credentials, project, account.source or "explicit options")
        if account.credentials_file:
            file = account.credentials_file
            credentials, project = google.auth.load_credentials_from_file(
                file, scopes=SCOPES, request=request
            )
            return Found(credentials, project, account.source or file)
        return _default(request)


def _default(request: Any) -> Found:
    try:
        credentials, project = google.auth.default(scopes=SCOPES, request=request)
    except DefaultCredentialsError as error:
        if _NOT_FOUND in str(error):
            return Found(AnonymousCredentials(), None, NOBODY)
        raise
    if isinstance(credentials, compute_engine.Credentials):
        return Found(credentials, project, METADATA_SERVER)
    return Found(
        credentials, project, APP_ENGINE if isinstance(credentials, app_engine.Credentials) else GCLOUD
    )


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ConfigError(f"{source or 'the Google credentials'}: expected the content of a credentials file")
    return content


@contextmanager
def _readably(source: str) -> Iterator[None]:
    """Raise our errors, without what the file says, which may be a secret."""
    try:
        with warnings.catch_warnings():
            # It warns against files of strangers: these are the user's own, of any documented type.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except (DefaultCredentialsError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.args[0]
        raise ConfigError(f"Google credentials{_from(source)}: {reason}") from None
    except GoogleAuthError as error:
        raise CredentialsError(f"Google credentials{_from(source)}: {error.args[0]}") from None
    except (ValueError, TypeError, AttributeError, KeyError):  # JSON, but of another shape
        raise ConfigError(f"Google credentials{_from(source)}: this is no credentials file") from None


def _from(source: str) -> str:
    return f" ({source})" if source else ""
