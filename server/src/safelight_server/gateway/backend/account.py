"""One account at MongoDB: what a connection string says, as far as a single connection cares."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.uri_parser import parse_uri

from safelight.storage.credentials import Secret
from safelight_server.errors import SettingsError


@dataclass(frozen=True, slots=True)
class BackendAccount:
    """One account.

    Attributes:
        username: None where MongoDB runs without authentication
        password: of that user
        source: the database that knows the user
        tls: None for plain connections
    """

    username: str | None
    password: Secret
    source: str
    tls: ssl.SSLContext | None

    @classmethod
    def from_uri(cls, uri: Secret) -> BackendAccount:
        """Read it from a connection string.

        Raises:
            SettingsError: it is none, or asks for another mechanism than SCRAM-SHA-256
        """
        try:
            parsed = parse_uri(uri.reveal(), warn=False)
        except (InvalidURI, ConfigurationError, ValueError) as error:
            # Without the cause, whose message may quote the string with its password.
            raise SettingsError(
                f"MongoDB's connection string is not valid ({type(error).__name__})"
            ) from None
        options: Mapping[str, Any] = parsed["options"]
        mechanism = options.get("authmechanism", "SCRAM-SHA-256")
        if mechanism != "SCRAM-SHA-256":
            raise SettingsError(f"the relay's accounts authenticate with SCRAM-SHA-256, not {mechanism}")
        return cls(
            username=parsed["username"],
            password=Secret(parsed["password"] or ""),
            source=options.get("authsource") or parsed["database"] or "admin",
            tls=_tls(options),
        )


def _tls(options: Mapping[str, Any]) -> ssl.SSLContext | None:
    if not options.get("tls"):
        return None
    context = ssl.create_default_context(cafile=options.get("tlscafile"))
    if options.get("tlscertificatekeyfile"):
        context.load_cert_chain(
            options["tlscertificatekeyfile"], password=options.get("tlscertificatekeyfilepassword")
        )
    if options.get("tlsallowinvalidhostnames") or options.get("tlsallowinvalidcertificates"):
        context.check_hostname = False
    if options.get("tlsallowinvalidcertificates"):
        context.verify_mode = ssl.CERT_NONE
    return context
