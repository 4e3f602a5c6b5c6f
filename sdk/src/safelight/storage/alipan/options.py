"""What a caller may choose about Alipan: plain values, filled by `safelight.config`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from safelight.storage.credentials import Secret

ENCRYPTIONS: Final = ("Simple", "ChaCha20", "AES256CBC")
"""How files may be encrypted: names of `alipcs_py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipanOptions:
    """One user's drive.

    Attributes:
        refresh_token: from the browser (`ALIPAN_WEB_REFRESH_TOKEN`)
        encrypt_password: decrypts what was encrypted with it, and encrypts what is written
            (`ALIPAN_ENCRYPT_PASSWORD`)
        encrypt_type: one of `ENCRYPTIONS`, for writing (`ALIPAN_ENCRYPT_TYPE`); None writes plain files
    """

    refresh_token: Secret | None = None
    encrypt_password: Secret | None = None
    encrypt_type: str | None = None
