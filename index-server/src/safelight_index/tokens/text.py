"""How a token is written.

    slix_ AbCd3fGh 0123456789abcdefghijklmnopqrstuvwx 4xYz01
    │     │        │                                  └ CRC-32 of all before it, base 62, 6 characters
    │     │        └ secret: 32 characters of base 62 (190 bits)
    │     └ id: 8 characters, public: it is what logs and `token list` show
    └ type: secret scanners and people recognise it

One word of letters, digits and one underscore: a double click selects all of it, and neither URLs nor shells
nor `.netrc` need it quoted. The checksum tells a token that lost a character from one that was revoked,
without a look-up. The secret is long and random, so one round of SHA-256 is all the stretching its stored
digest needs.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass

PREFIX = "slix_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH = 8
_SECRET_LENGTH = 32
_CHECKSUM_LENGTH = 6
_PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_ID_LENGTH + _SECRET_LENGTH + _CHECKSUM_LENGTH}}}")


@dataclass(frozen=True, slots=True, repr=False)
class TokenText:
    """A well-formed token. It cannot print itself: ask `reveal()`, once, for its owner."""

    _text: str

    @classmethod
    def generate(cls) -> TokenText:
        """Make a new token."""
        body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH + _SECRET_LENGTH))
        return cls(body + _checksum(body))

    @classmethod
    def parse(cls, text: str) -> TokenText | None:
        """Read a token, or return None when `text` is none (or lost a character)."""
        if not _PATTERN.fullmatch(text):
            return None
        body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
        return cls(text) if _checksum(body) == checksum else None

    @property
    def id(self) -> str:
        """The public part."""
        return self._text[len(PREFIX) : len(PREFIX) + _ID_LENGTH]

    @property
    def digest(self) -> bytes:
        """What the store keeps: SHA-256, 32 bytes."""
        return hashlib.sha256(self._text.encode("ascii")).digest()

    def reveal(self) -> str:
        """Return the secret text."""
        return self._text

    def __repr__(self) -> str:
        return f"TokenText({PREFIX}{self.id}…)"

    __str__ = __repr__


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("ascii")), []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
