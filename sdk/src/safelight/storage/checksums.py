"""What an object's bytes must add up to, as its store announced it."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Final

from safelight.errors import IntegrityError
from safelight.storage.base import ObjectInfo
from safelight.storage.uri import ObjectURI

_READ: Final = 1 << 20


def check_length(received: int, announced: int, uri: ObjectURI) -> None:
    """Refuse a body that is not as long as its store said.

    Raises:
        IntegrityError: it is shorter or longer
    """
    if received != announced:
        raise IntegrityError(f"{received} bytes arrived, {announced} were announced", uri.public_text)


class Checksum:
    """Compares bytes with the MD5 of an object, else with its CRC32C; with nothing where it has neither.

    Args:
        info: the object
    """

    def __init__(self, info: ObjectInfo) -> None:
        self._sum: Any = None
        self._expected = info.md5 or info.crc32c
        self._md5 = info.md5 is not None
        self.name = "MD5" if info.md5 else "CRC32C"
        """What is compared, for people."""
        if info.md5:
            self._sum = hashlib.md5(usedforsecurity=False)
        elif info.crc32c:
            # In C, and a requirement of the one provider that gives such checksums.
            import google_crc32c

            self._sum = google_crc32c.Checksum()

    def update(self, data: bytes | memoryview) -> None:
        """Add the next bytes."""
        if self._sum is not None:
            # The CRC32C takes nothing but bytes, and the MD5 anything without a copy.
            self._sum.update(data if self._md5 else bytes(data))

    def update_from(self, descriptor: int) -> None:
        """Add the whole content of an open file."""
        if self._sum is not None:
            os.lseek(descriptor, 0, os.SEEK_SET)
            while chunk := os.read(descriptor, _READ):
                self._sum.update(chunk)

    @property
    def wrong(self) -> bool:
        """Whether the bytes so far are not the object."""
        return self._sum is not None and self._sum.digest() != self._expected
