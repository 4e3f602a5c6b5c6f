"""Alipan's settings: the names are MosaicML Streaming's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from safelight.config.parameters import secret, text, values_of, variable
from safelight.errors import ConfigError
from safelight.storage.alipan.options import ENCRYPTIONS, AlipanOptions
from safelight.storage.credentials import Secret


def _encryption(value: Any) -> str:
    if text(value) not in ENCRYPTIONS:
        raise ValueError(f"expected one of {', '.join(ENCRYPTIONS)}")
    return text(value)


@dataclass(frozen=True, slots=True)
class AlipanEnvironment:
    """The variables."""

    alipan_web_refresh_token: Secret | None = secret(
        "ALIPAN_WEB_REFRESH_TOKEN", "refresh token of Alipan's web page"
    )
    alipan_encrypt_password: Secret | None = secret(
        "ALIPAN_ENCRYPT_PASSWORD", "password that files in Alipan are encrypted with"
    )
    alipan_encrypt_type: str | None = variable(
        "ALIPAN_ENCRYPT_TYPE", "how uploads to Alipan are encrypted", read=_encryption
    )


def alipan_options(environ: Mapping[str, str]) -> AlipanOptions:
    """The options of Alipan.

    Raises:
        ConfigError: an unknown encryption, or one without a password
    """
    found = values_of(AlipanEnvironment, environ)
    if found.alipan_encrypt_type and not found.alipan_encrypt_password:
        raise ConfigError("ALIPAN_ENCRYPT_TYPE needs ALIPAN_ENCRYPT_PASSWORD")
    return AlipanOptions(
        refresh_token=found.alipan_web_refresh_token,
        encrypt_password=found.alipan_encrypt_password,
        encrypt_type=found.alipan_encrypt_type,
    )
