"""Uploads by twine, `uv publish` and `poetry publish`: the legacy form, read by pypiserver.

pypiserver's own upload route takes the form apart. All it can reach is `_PublishingBackend`, which publishes
through our checks and can do nothing else: neither overwrite nor delete.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from safelight_index._pypiserver import (
    Config,
    HTTPResponse,
    IBackend,
    PkgFile,
    app_from_config,
    form_request,
)
from safelight_index.errors import IndexServerError, PermissionDeniedError, UploadError
from safelight_index.model import File
from safelight_index.publishing import Publisher, Publishing

_CONTEXT = "safelight_index.upload"


@dataclass
class _Upload:
    """One request on its way through pypiserver, in the WSGI environment."""

    publisher: Publisher
    published: File | None = None


class _PublishingBackend(IBackend):  # type: ignore[misc]  # pypiserver is not typed
    """The storage that pypiserver sees: it takes uploads, and has nothing."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing

    def add_package(self, filename: str, stream: BinaryIO) -> None:
        if filename.endswith(".asc"):
            return  # no installer reads detached signatures any more; the public index drops them too
        upload: _Upload = form_request.environ[_CONTEXT]
        expected = form_request.forms.get("sha256_digest") or None
        upload.published = self._publishing.publish(filename, stream, upload.publisher, expected)

    def find_version(self, _name: str, _version: str) -> Iterable[PkgFile]:
        raise PermissionDeniedError(
            "published files are never deleted, as locks may name them: yank them instead"
        )

    def exists(self, _filename: str) -> bool:
        return False  # `publish` decides, by the bytes

    def remove_package(self, _pkg: PkgFile) -> None:
        raise NotImplementedError

    def get_all_packages(self) -> Iterable[PkgFile]:
        return []

    def find_project_packages(self, _project: str) -> Iterable[PkgFile]:
        return []

    def get_projects(self) -> Iterable[str]:
        return []

    def digest(self, _pkg: PkgFile) -> str | None:
        return None

    def package_count(self) -> int:
        return 0


class LegacyUploads:
    """Publishes what arrives in upload forms. Blocking: call it in a thread.

    Args:
        publishing: where files go
    """

    def __init__(self, publishing: Publishing) -> None:
        config = Config.default_with_overrides(
            roots=[Path(tempfile.gettempdir())],
            backend_arg="simple-dir",
            authenticate=[],
            password_file=".",  # noqa: S106 - pypiserver's word for "none": tokens were checked before
            disable_fallback=True,
        )
        config.backend = _PublishingBackend(publishing)
        self._app = app_from_config(config)
        self._app.catchall = False  # our errors come out as they are
        self._app.default_error_handler = lambda response: response.body

    def publish(self, body: BinaryIO, size: int, content_type: str, publisher: Publisher) -> File | None:
        """Publish the file of one complete form.

        Args:
            body: the request's body, spooled
            size: its length in bytes
            content_type: its Content-Type, with the boundary
            publisher: who sends it

        Returns:
            the file, or None for forms that carry none (`verify`, `submit`)

        Raises:
            UploadError: this is no such form
            IndexServerError: as `Publishing.publish`
        """
        upload = _Upload(publisher)
        statuses: list[str] = []
        environ = _environment(body, size, content_type) | {_CONTEXT: upload}
        try:
            answer = b"".join(self._app.wsgi(environ, lambda status, *_: statuses.append(status)))
        except IndexServerError:
            raise
        except (HTTPResponse, LookupError, ValueError) as error:
            raise UploadError(f"the upload form cannot be read: {type(error).__name__}") from error
        finally:
            form_request.bind({})  # bottle keeps a thread's last request, with its files, until the next one
        if not statuses[0].startswith("200"):
            raise UploadError(answer.decode(errors="replace").strip())
        return upload.published


def _environment(body: BinaryIO, size: int, content_type: str) -> dict[str, Any]:
    """Describe a form to WSGI: what pypiserver needs of it, and no header of the client beside."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(size),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "0",
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": io.StringIO(),
        "bottle.request.body": body,  # where bottle would put a copy, and leave it open
    }
