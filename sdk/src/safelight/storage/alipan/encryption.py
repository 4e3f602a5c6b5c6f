"""Files encrypted by their owner: `alipcs_py`'s three ways, in both directions."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from alipcs_py.common.io import DecryptIO, EncryptType, to_decryptio, total_len

from safelight.errors import ConfigError
from safelight.storage.alipan.options import ENCRYPTIONS, AlipanOptions
from safelight.storage.http.body import Body

_CHUNK = 1 << 20
_HEAD = 1024
_IN_MEMORY = 8 << 20


class _Replayed:
    """A body as the file that `to_decryptio` wants: its first bytes can be read twice."""

    def __init__(self, body: Body, size: int) -> None:
        self._body = body
        self._size = size
        self._held = b""
        self._head = b""
        self._at = 0

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        wanted = self._size - self._at if size < 0 else min(size, self._size - self._at)
        while len(self._held) < wanted and (chunk := self._body.read()):
            self._held += chunk
        data, self._held = self._held[:wanted], self._held[wanted:]
        if self._at < _HEAD:
            self._head += data
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        if offset or whence or self._at > len(self._head):
            raise io.UnsupportedOperation("only back to the start, and only from the first bytes")
        self._held, self._head, self._at = self._head + self._held, b"", 0
        return 0


class PlainBody:
    """A body with its encryption undone, where there is one.

    Args:
        body: as it arrives
        size: its length
        password: that it may have been encrypted with
    """

    def __init__(self, body: Body, size: int, password: str) -> None:
        self._body = body
        self._file: Any = to_decryptio(_Replayed(body, size), password.encode())
        encrypted = isinstance(self._file, DecryptIO)
        self.size: int = self._file._total_origin_len if encrypted else size  # noqa: SLF001 - told nowhere else

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        return bytes(self._file.read(_CHUNK) or b"")

    def close(self) -> None:
        self._body.close()


@contextmanager
def prepared(source: BinaryIO, options: AlipanOptions) -> Iterator[tuple[Any, int]]:
    """What is to be uploaded, encrypted as the options say, and its length.

    Raises:
        ConfigError: a type without a password, or one that nobody knows
    """
    kind = _encrypt_type(options)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
        while chunk := source.read(_CHUNK):
            spool.write(chunk)
        spool.seek(0)
        password = options.encrypt_password.reveal() if options.encrypt_password else ""
        # A bytes object where it is small: alipcs-py asks a file for its length in ways that a spool lacks.
        encrypted = kind.encrypt_io(_Sized(spool), password.encode())
        yield encrypted, total_len(encrypted)


class _Sized(io.RawIOBase):
    """A spool with a length."""

    def __init__(self, spool: Any) -> None:
        self._spool = spool
        self._size = spool.seek(0, 2) or spool.tell()
        spool.seek(0)

    def __len__(self) -> int:
        return int(self._size)

    def read(self, size: int = -1) -> bytes:
        return bytes(self._spool.read(size))

    def seek(self, offset: int, whence: int = 0) -> int:
        self._spool.seek(offset, whence)
        return int(self._spool.tell())

    def tell(self) -> int:
        return int(self._spool.tell())

    def seekable(self) -> bool:
        return True


def _encrypt_type(options: AlipanOptions) -> EncryptType:
    if options.encrypt_type is None:
        return EncryptType.No
    if options.encrypt_type not in ENCRYPTIONS:
        raise ConfigError(f"ALIPAN_ENCRYPT_TYPE: expected one of {', '.join(ENCRYPTIONS)}")
    if not options.encrypt_password:
        raise ConfigError("ALIPAN_ENCRYPT_TYPE needs ALIPAN_ENCRYPT_PASSWORD")
    return EncryptType(options.encrypt_type)
