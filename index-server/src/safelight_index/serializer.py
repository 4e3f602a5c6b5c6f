"""Pages of the simple API: model in, bytes out.

Links are relative, so that the same page is right behind any host name, port and path prefix, and no header
of the request can change where it points.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from html import escape
from typing import Any
from urllib.parse import quote

from safelight_index.model import API_VERSION, File, Project
from safelight_index.negotiation import Format

_SAFE = "!-._~"
"""What stays as it is in a link. "+" becomes "%2B": object stores and old proxies read "+" as a space."""


def project_page(project: Project, form: Format, depth: int) -> bytes:
    """Write a project's page.

    Args:
        project: what to show
        form: the negotiated format
        depth: how many path segments deep the page is: 1 for /NAME/, 2 for /simple/NAME/
    """
    base = "../" * depth
    if form.is_json:
        return _json(
            {
                "meta": {"api-version": API_VERSION},
                "name": project.name,
                "versions": list(project.versions),
                "files": [_json_file(file, base) for file in project.files],
            }
        )
    links = "\n".join(_link(file, base) for file in project.files)
    return _html(f"Links for {project.name}", links)


def index_page(names: Sequence[str], form: Format, prefix: str) -> bytes:
    """Write the list of projects.

    Args:
        names: normalised names, in order
        form: the negotiated format
        prefix: what leads from the page to the projects' pages, "" or "simple/"
    """
    if form.is_json:
        return _json({"meta": {"api-version": API_VERSION}, "projects": [{"name": name} for name in names]})
    return _html("Private projects", "\n".join(f'<a href="{prefix}{name}/">{name}</a><br>' for name in names))


def _html(title: str, body: str) -> bytes:
    title = escape(title)
    return (
        "<!DOCTYPE html>\n<html>\n<head>\n"
        f'<meta name="pypi:repository-version" content="{API_VERSION}">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    ).encode()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _link(file: File, base: str) -> str:
    attributes = {}
    if file.requires_python is not None:
        attributes["data-requires-python"] = file.requires_python
    if file.yanked is not None:
        attributes["data-yanked"] = file.yanked
    if file.metadata_sha256 is not None:  # both names: PEP 714 renamed the one of PEP 658
        attributes["data-core-metadata"] = f"sha256={file.metadata_sha256}"
        attributes["data-dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    fragment = f"#sha256={file.sha256}" if file.sha256 else ""
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<a href="{_href(file, base)}{fragment}"{written}>{escape(file.filename)}</a><br>'


def _json_file(file: File, base: str) -> dict[str, Any]:
    metadata: Any = {"sha256": file.metadata_sha256} if file.metadata_sha256 else False
    document: dict[str, Any] = {
        "filename": file.filename,
        "url": _href(file, base),
        "hashes": {"sha256": file.sha256} if file.sha256 else {},
        "requires-python": file.requires_python,
        "yanked": False if file.yanked is None else (file.yanked or True),
        "core-metadata": metadata,
        "dist-info-metadata": metadata,
    }
    if file.size is not None:
        document["size"] = file.size
    if file.upload_time is not None:
        document["upload-time"] = _timestamp(file.upload_time)
    return document


def _href(file: File, base: str) -> str:
    return f"{base}packages/{quote(file.filename, safe=_SAFE)}"


def _timestamp(moment: datetime) -> str:
    """Write a time as PEP 700 says: ISO 8601, UTC, with a "Z"."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
