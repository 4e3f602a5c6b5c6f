"""Google Cloud Storage's settings: which credentials go before Google's own default ones.

GOOGLE_APPLICATION_CREDENTIALS (FiftyOne's name and Google's) > GCS_KEY and GCS_SECRET (MosaicML Streaming's)
> `google_application_credentials` of the media cache config > the application default credentials. An
emulator (STORAGE_EMULATOR_HOST) needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from safelight.config.media_cache import MediaCacheConfig
from safelight.config.parameters import names, path, secret, values_of, variable
from safelight.errors import ConfigError
from safelight.storage.credentials import Secret
from safelight.storage.gcs.options import GCSAccount, GCSOptions

_EMULATOR: Final = "STORAGE_EMULATOR_HOST"
_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class GCSEnvironment:
    """The variables."""

    gcs_emulator: str | None = variable(_EMULATOR, "URL of an emulator, which asks for no credentials")
    gcs_credentials_file: str | None = variable(_FILE, "Google credentials file", read=path)
    gcs_key: Secret | None = secret("GCS_KEY", "HMAC access key for Google Cloud Storage")
    gcs_secret: Secret | None = secret("GCS_SECRET", "its secret")
    gcs_requester_pays: frozenset[str] = variable(
        "SAFELIGHT_GCS_REQUESTER_PAYS",
        "buckets, separated by commas, whose requests say that the caller's project pays",
        default=frozenset,
        read=names,
    )
    gcs_billing_project: str | None = variable(
        "SAFELIGHT_GCS_BILLING_PROJECT", "the project that pays for them; else that of the credentials"
    )


def gcs_options(config: MediaCacheConfig, environ: Mapping[str, str]) -> GCSOptions:
    """The options of Google Cloud Storage.

    Raises:
        ConfigError: an HMAC key without its secret, or the other way round
    """
    found = values_of(GCSEnvironment, environ)
    return GCSOptions(
        account=_account(config, found),
        client_kwargs=config.extra_client_kwargs.get("gcs", {}),
        requester_pays=found.gcs_requester_pays,
        billing_project=found.gcs_billing_project,
    )


def _account(config: MediaCacheConfig, found: GCSEnvironment) -> GCSAccount:
    if found.gcs_emulator:
        return GCSAccount(anonymous=True, source=_EMULATOR)  # Google's client finds the URL itself
    if found.gcs_credentials_file:
        return GCSAccount(credentials_file=found.gcs_credentials_file, source=_FILE)
    if found.gcs_key or found.gcs_secret:
        if not (found.gcs_key and found.gcs_secret):
            missing = "GCS_KEY" if found.gcs_secret else "GCS_SECRET"
            raise ConfigError(f"an HMAC key needs GCS_KEY and GCS_SECRET, and {missing} is not set")
        return GCSAccount(access_key=found.gcs_key, secret=found.gcs_secret, source="GCS_KEY and GCS_SECRET")
    if config.google_application_credentials:
        return GCSAccount(
            credentials_file=config.google_application_credentials,
            source="google_application_credentials in the media cache config",
        )
    return GCSAccount()
