"""BSON as the server reads it: decoded for judging, raw for passing on.

What carries authority is decoded, judged and encoded again, so that what was judged is what is executed: a
doubled key, which Python reads as its last value and MongoDB as both, does not survive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, overload

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.dbref import DBRef
from bson.errors import BSONError

from safelight.errors import WireProtocolError

Document = dict[str, Any]

# Dates beyond Python's calendar stay numbers, and UUIDs stay the bytes that they were.
_OPTIONS: Final[CodecOptions[Document]] = CodecOptions(
    document_class=dict, datetime_conversion=DatetimeConversion.DATETIME_AUTO
)

_REFERENCE: Final = b"$ref\0"

_NOT_BSON: Final = (BSONError, ValueError, RecursionError, OverflowError, TypeError)
"""What the codec raises, depending on what is wrong with the bytes."""


def decode(data: bytes | memoryview) -> Document:
    """Decode one document. Where a key is doubled, the last one counts.

    References (`$ref`, `$id`) stay the plain documents that they are: as objects they would hide their
    content from whoever walks the document.

    Raises:
        WireProtocolError: it is not BSON
    """
    try:
        document = bson.decode(data, _OPTIONS)
        return _unreferenced(document) if _REFERENCE in bytes(data) else document
    except _NOT_BSON as error:
        raise WireProtocolError(f"not a BSON document: {error}") from None


def decode_all(data: bytes | memoryview) -> list[Document]:
    """Decode documents that follow each other; see `decode`."""
    try:
        documents = bson.decode_all(data, _OPTIONS)
        return _unreferenced(documents) if _REFERENCE in bytes(data) else documents
    except _NOT_BSON as error:
        raise WireProtocolError(f"not a sequence of BSON documents: {error}") from None


def encode(document: Document) -> bytes:
    """Encode one document.

    Raises:
        WireProtocolError: it was decoded from something that cannot be written again
    """
    try:
        return bson.encode(document, codec_options=_OPTIONS)
    except _NOT_BSON as error:
        raise WireProtocolError(f"a document that cannot be encoded again: {error}") from None


class Documents(Sequence[Document]):
    """A sequence of documents that is decoded when somebody looks.

    Bulk inserts of samples are passed on without anybody looking.

    Args:
        raw: the documents, one after the other
    """

    __slots__ = ("_decoded", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._decoded: list[Document] | None = None

    @property
    def decoded(self) -> list[Document]:
        """All of them.

        Raises:
            WireProtocolError: they are not BSON
        """
        if self._decoded is None:
            self._decoded = decode_all(self.raw)
        return self._decoded

    def __len__(self) -> int:
        return len(self.decoded)

    @overload
    def __getitem__(self, index: int) -> Document: ...

    @overload
    def __getitem__(self, index: slice) -> list[Document]: ...

    def __getitem__(self, index: int | slice) -> Document | list[Document]:
        return self.decoded[index]

    def __iter__(self) -> Iterator[Document]:
        return iter(self.decoded)


def _unreferenced(value: Any) -> Any:
    if isinstance(value, DBRef):
        value = value.as_doc()
    if isinstance(value, dict):
        return {key: _unreferenced(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unreferenced(item) for item in value]
    return value
