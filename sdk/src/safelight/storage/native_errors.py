"""obstore's exceptions in Safelight's words.

obstore says what happened in text, `... Server returned non-2xx status code: 404 Not Found: BODY`, before a
blank line and a debug dump that names the kind of a transport error. The tests hold that against the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import AlreadyExistsError, BaseError

from safelight.errors import StorageError
from safelight.storage.http_status import error_for_status, error_for_transport
from safelight.storage.uri import ObjectURI

_STATUS = re.compile(r"Server returned non-2xx status code: (\d{3})[^:]*: ?(.*)", re.DOTALL)
_KIND = re.compile(r"kind: (\w+)")


RAISED: Final = (BaseError, FileNotFoundError, ValueError)
"""What obstore raises of a request."""


@contextmanager
def translating(uri: ObjectURI, *, writing: bool = False) -> Iterator[None]:
    """Raise `StorageError`s about `uri` instead of obstore's exceptions."""
    try:
        yield
    except RAISED as error:
        raise translate(error, uri, writing=writing) from None


def translate(error: BaseException, uri: ObjectURI, *, writing: bool = False) -> StorageError:
    """The error of `safelight.errors` that says what `error` says."""
    text, _, debug = str(error).partition("\n\nDebug source:")
    status = _STATUS.search(text)
    if status:
        return error_for_status(int(status[1]), status[2], uri, writing=writing)
    if isinstance(error, FileNotFoundError):
        return error_for_status(404, "", uri)
    if isinstance(error, AlreadyExistsError):
        return error_for_status(412, "", uri, writing=True)
    kinds = _KIND.findall(debug)
    return error_for_transport(kinds, text, uri)
