"""As whom Google's client speaks, and which source of credentials told it: for people."""

from __future__ import annotations

from typing import Any, Final

from safelight.storage.base import Candidate, Identity
from safelight.storage.gcs.credentials import APP_ENGINE, GCLOUD, METADATA_SERVER, NOBODY, Found

HMAC_KEYS: Final = "GCS_KEY and GCS_SECRET"

#: In the order in which they are asked.
_SOURCES: Final = (
    "STORAGE_EMULATOR_HOST",
    "GOOGLE_APPLICATION_CREDENTIALS",
    HMAC_KEYS,
    "google_application_credentials in the media cache config",
    GCLOUD,
    APP_ENGINE,
    METADATA_SERVER,
    NOBODY,
)

#: By the class of `google.auth` and the name of its module.
_METHODS: Final = {
    "google.oauth2.service_account": "service account key",
    "google.oauth2.credentials": "authorized user",
    "google.auth.identity_pool": "workload identity federation",
    "google.auth.aws": "workload identity federation (AWS)",
    "google.auth.pluggable": "workload identity federation (executable)",
    "google.auth.external_account_authorized_user": "workforce identity federation",
    "google.auth.impersonated_credentials": "impersonated service account",
    "google.auth.compute_engine.credentials": "attached service account",
    "google.auth.app_engine": "App Engine's service account",
}


def candidates_of(source: str) -> tuple[Candidate, ...]:
    """The sources in their order; one that stands above all of them comes first."""
    if source not in _SOURCES:
        return (Candidate(source, "chosen"), *(Candidate(name, "not looked at") for name in _SOURCES))
    reached = _SOURCES.index(source)
    chosen = "chosen: requests are not signed" if source in {NOBODY, _SOURCES[0]} else "chosen"
    return tuple(
        Candidate(name, chosen if at == reached else "not set" if at < reached else "not looked at")
        for at, name in enumerate(_SOURCES)
    )


def describe_identity(found: Found, credentials: Any, endpoint: str) -> Identity:
    """Say as whom a client speaks.

    Args:
        found: which credentials were chosen, and where they come from
        credentials: the client's own form of them
        endpoint: where requests go
    """
    if found.anonymous:
        return Identity(endpoint, "anonymous", "anybody", candidates_of(found.source))
    method = _METHODS.get(type(credentials).__module__, type(credentials).__name__)
    return Identity(endpoint, method, _principal(credentials), candidates_of(found.source))


def _principal(credentials: Any) -> str:
    email = getattr(credentials, "service_account_email", None) or getattr(credentials, "account", None)
    return str(email or getattr(credentials, "client_id", None) or "as the token says")
