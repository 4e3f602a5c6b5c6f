"""The index as a team runs it: HTTPS, several builds, and a hostile public index behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import trustme

from safelight_index.tokens import Scope, TokenText
from support.guide import recipe
from support.index_server import RunningIndex, index_program
from support.index_wheels import make_wheel
from support.package_tools import Sandbox
from support.public_index import PublicIndex, public_index

BUILDS = ("1.21.0+safelight.1", "1.22.1+safelight.1", "1.22.1+safelight.2", "1.22.1+safelight.10")
NEWEST = BUILDS[-1]
_FAKE = """\
ORIGIN = {origin!r}


class Sample:
    def __init__(self, filepath):
        self.filepath = filepath
"""


@dataclass
class Rig:
    """Everything around the recipes."""

    index: RunningIndex
    public: PublicIndex
    authority: Path
    token: str

    @property
    def host(self) -> str:
        """Host and port of the index."""
        return f"localhost:{self.index.settings.port}"

    def recipe(self, name: str, version: str = "1.22.1") -> str:
        """A recipe of the guide, for this index."""
        return recipe(name, host=self.host, version=version)

    def refused_tokens(self) -> list[str]:
        """A token of another index, an expired one, and a revoked one."""
        revoked, expired = self.index.token(), self.index.token(expires_in=timedelta(microseconds=1))
        self.index.revoke(revoked)
        return [TokenText.generate().reveal(), expired, revoked]

    def publish_two_builds(self, name: str, reason: str) -> None:
        """Publish 1.0+safelight.1 and .2 of another project, and yank the newer."""
        directory = self.authority.parent / "builds"
        files = self.index.publish(*(make_wheel(directory, name, f"1.0+safelight.{n}") for n in (1, 2)))
        self.index.yank(files[1].filename, reason)

    def sandbox(self, directory: Path) -> Sandbox:
        """A place to run recipes in: it trusts the index's certificate, and has the token in TOKEN."""
        directory.mkdir(parents=True, exist_ok=True)
        trust = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
        variables = dict.fromkeys(trust, str(self.authority)) | {
            "TOKEN": self.token,
            "PUBLIC": self.public.url,
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_CACHE_DIR": "1",
            "UV_NO_CACHE": "1",
            "UV_NO_CONFIG": "1",
            "POETRY_NO_INTERACTION": "1",
            "POETRY_VIRTUALENVS_IN_PROJECT": "true",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PDM_CHECK_UPDATE": "false",
        }
        return Sandbox(directory, variables=variables)


@contextmanager
def index_rig(directory: Path) -> Iterator[Rig]:
    """Start everything."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    files = {name: directory / f"{name}.pem" for name in ("authority", "cert", "key")}
    authority.cert_pem.write_to_path(files["authority"])
    certificate.private_key_and_cert_chain_pem.write_to_path(files["cert"])
    certificate.private_key_pem.write_to_path(files["key"])
    offered = directory / "public"
    make_wheel(offered, "fiftyone", "99.0", content=_FAKE.format(origin="malicious"))
    make_wheel(offered, "fiftyone", "1.22.1", content=_FAKE.format(origin="stock"))
    make_wheel(offered, "safelight_missing", "1.0", content=_FAKE.format(origin="malicious"))
    make_wheel(offered, "leafpkg", "1.0")
    with (
        public_index(offered) as public,
        index_program(
            directory / "state",
            public_index=public.url,
            tls_cert=str(files["cert"]),
            tls_key=str(files["key"]),
            failures_per_minute="10000",
        ) as index,
    ):
        for version in BUILDS:
            index.publish(_make_build(directory / "builds", version))
        yield Rig(index, public, files["authority"], index.token(Scope.READ, name="reader"))


def _make_build(directory: Path, version: str) -> Path:
    content = _FAKE.format(origin="private")
    return make_wheel(
        directory, "fiftyone", version, content=content, requires=["leafpkg"], requires_python=">=3.8"
    )
