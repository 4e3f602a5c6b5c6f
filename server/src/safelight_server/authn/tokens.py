"""How a token is written.

    slk_ AbCd3fGh 0123456789abcdefghijklmnopqrstuvwx 4xYz01
    │    │        │                                  └ CRC-32 of all before it, base 62, 6 characters
    │    │        └ secret: 32 characters of base 62 (190 bits)
    │    └ id: 8 characters, public: what lists and logs show
    └ kind: secret scanners and people recognise it

One word that neither URLs nor shells need quoted. The checksum tells a token that lost a character from one
that was revoked, without a look-up. The secret is long and random, so one round of SHA-256 is all the
stretching its stored digest needs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH: Final = 8
_SECRET_LENGTH: Final = 32
_CHECKSUM_LENGTH: Final = 6


class TokenKind(str, Enum):
    """What a token is for; the value is how it begins."""

    API_KEY = "slk"
    ROOT = "slr"
    INVITATION = "sli"


_PATTERN: Final = re.compile(
    rf"({'|'.join(kind.value for kind in TokenKind)})_"
    rf"([0-9A-Za-z]{{{_ID_LENGTH}}})[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}"
)


@dataclass(frozen=True, repr=False)
class Token:
    """A well-formed token. It cannot print itself: ask `reveal()`, once, for its owner.

    Attributes:
        kind: what it is for
        id: its public part
    """

    kind: TokenKind
    id: str
    _text: str

    @classmethod
    def generate(cls, kind: TokenKind) -> Token:
        """Make a new token."""
        drawn = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH + _SECRET_LENGTH))
        body = f"{kind.value}_{drawn}"
        return cls(kind, drawn[:_ID_LENGTH], body + _checksum(body))

    @classmethod
    def parse(cls, text: str) -> Token | None:
        """Read a token, or return None when `text` is none (or lost a character)."""
        match = _PATTERN.fullmatch(text)
        if not match or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
            return None
        return cls(TokenKind(match[1]), match[2], text)

    @cached_property
    def digest(self) -> bytes:
        """What the database keeps: SHA-256, 32 bytes."""
        return hashlib.sha256(self._text.encode("ascii")).digest()

    def matches(self, digest: bytes) -> bool:
        """Whether this is the token of a stored digest; takes the same time for every answer."""
        return hmac.compare_digest(self.digest, digest)

    def reveal(self) -> str:
        """Return the secret text."""
        return self._text

    def __repr__(self) -> str:
        return f"Token({self.kind.value}_{self.id}…)"

    __str__ = __repr__


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("ascii")), []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
