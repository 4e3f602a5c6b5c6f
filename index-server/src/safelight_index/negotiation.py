"""Which of the simple API's formats a client gets (PEP 691, section "Content Types")."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache


class Format(Enum):
    """A format that pages are written in; the value is its Content-Type."""

    HTML = "text/html; charset=utf-8"
    HTML_V1 = "application/vnd.pypi.simple.v1+html; charset=utf-8"
    JSON_V1 = "application/vnd.pypi.simple.v1+json"

    @property
    def is_json(self) -> bool:
        """Say whether pages in this format are JSON."""
        return self is Format.JSON_V1


_FORMATS = {
    "application/vnd.pypi.simple.v1+json": Format.JSON_V1,
    "application/vnd.pypi.simple.latest+json": Format.JSON_V1,
    "application/vnd.pypi.simple.v1+html": Format.HTML_V1,
    "application/vnd.pypi.simple.latest+html": Format.HTML_V1,
    "text/html": Format.HTML,
    "text/*": Format.HTML,
    "*/*": Format.HTML,
}


@lru_cache(maxsize=256)
def negotiate(accept: str) -> Format:
    """Choose the format that an Accept header prefers.

    A client that names nothing we have gets HTML, which every installer ever written reads: PEP 691 allows
    that ("the server may ... return a default content type") and a 406 would help nobody.

    Args:
        accept: the header's value, "" when there was none
    """
    best, best_quality = Format.HTML, 0.0
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        found, quality = _FORMATS.get(media_type), _quality(parameters)
        if found is not None and quality > best_quality:
            best, best_quality = found, quality
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
