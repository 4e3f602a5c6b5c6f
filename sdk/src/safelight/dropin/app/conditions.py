"""What a browser has already, and whether that is still good (RFC 9110, 13.1)."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def is_not_modified(asked: Mapping[str, str], about: Mapping[str, str]) -> bool:
    """Whether the browser's copy is the current one, so that 304 is the answer.

    Args:
        asked: the request's headers
        about: the answer's ETag and Last-Modified, where they are known
    """
    tags = asked.get("If-None-Match")
    if tags is not None:
        etag = about.get("ETag")
        given = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return etag is not None and (etag.removeprefix("W/") in given or "*" in given)
    return _is_no_later(about.get("Last-Modified"), asked.get("If-Modified-Since"))


def may_continue(asked: Mapping[str, str], about: Mapping[str, str]) -> bool:
    """Whether a range may be added to what the browser has: not when that is of another version.

    Args:
        asked: the request's headers
        about: the answer's ETag and Last-Modified, where they are known
    """
    version = asked.get("If-Range")
    if version is None:
        return True
    return version in {about.get("ETag"), about.get("Last-Modified")} and not version.startswith("W/")


def _is_no_later(modified: str | None, since: str | None) -> bool:
    if modified is None or since is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a zone: the header is to be ignored
        return False
