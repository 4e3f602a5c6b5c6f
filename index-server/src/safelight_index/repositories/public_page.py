"""Reading another index's page of a project, HTML (PEP 503) or JSON (PEP 691)."""

from __future__ import annotations

import json
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from safelight_index._pypiserver import guess_pkgname_and_version
from safelight_index.errors import PublicIndexError
from safelight_index.model import File, Project


def parse_page(name: str, url: str, content_type: str, text: str) -> Project:
    """Read a page.

    Args:
        name: the project's normalised name
        url: where the page came from, which its links are relative to
        content_type: as the index sent it
        text: the page

    Raises:
        PublicIndexError: this is no such page
    """
    if content_type.startswith("application/vnd.pypi.simple.v1+json"):
        try:
            files = [_from_json(name, url, entry) for entry in json.loads(text)["files"]]
        except (ValueError, LookupError, TypeError) as error:
            raise PublicIndexError(f"the public index's page of {name!r} cannot be read") from error
    else:
        parser = _Anchors()
        parser.feed(text)
        files = [_from_anchor(name, url, attributes) for attributes in parser.found]
    return Project.of(name, files)


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        if tag == "a" and "href" in attributes:
            self.found.append(attributes)


def _from_anchor(name: str, url: str, attributes: dict[str, str]) -> File:
    target = urlsplit(urljoin(url, attributes["href"]))
    filename = unquote(target.path.rsplit("/", 1)[-1])
    metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata", ""))
    return File(
        filename=filename,
        project=name,
        version=_version(filename),
        sha256=target.fragment.removeprefix("sha256=") if target.fragment.startswith("sha256=") else None,
        requires_python=attributes.get("data-requires-python"),
        metadata_sha256=metadata.removeprefix("sha256=") if metadata.startswith("sha256=") else None,
        yanked=attributes.get("data-yanked"),
        source=target._replace(fragment="").geturl(),
    )


def _from_json(name: str, url: str, entry: dict[str, Any]) -> File:
    metadata = entry.get("core-metadata", entry.get("dist-info-metadata"))
    yanked = entry.get("yanked", False)
    uploaded = entry.get("upload-time")
    return File(
        filename=entry["filename"],
        project=name,
        version=_version(entry["filename"]),
        sha256=entry["hashes"].get("sha256"),
        size=entry.get("size"),
        upload_time=None if uploaded is None else datetime.fromisoformat(uploaded.replace("Z", "+00:00")),
        requires_python=entry.get("requires-python"),
        metadata_sha256=metadata.get("sha256") if isinstance(metadata, dict) else None,
        yanked=None if yanked is False else ("" if yanked is True else yanked),
        source=urljoin(url, entry["url"]),
    )


def _version(filename: str) -> str:
    guess = guess_pkgname_and_version(filename)
    return guess[1] if guess else ""
