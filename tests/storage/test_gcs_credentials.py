"""Every way to be somebody on Google Cloud Storage, and which way wins."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from safelight.config import load_config, storage_options
from safelight.errors import ConfigError, CredentialsError
from safelight.storage.base import Identity
from safelight.storage.credentials import Secret
from safelight.storage.gcs import native
from safelight.storage.gcs.native import TokenLease
from safelight.storage.gcs.options import GCSAccount
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.gcs.google import be_a_machine_of_google
from support.gcs.identity import EMAIL, OTHER_EMAIL
from support.gcs.identity import Identity as Strangers
from support.gcs.place import GCSPlace
from support.stores import QUICK, Rig


class Visitor:
    """Somebody who reads one object, as whoever the options and the environment make them."""

    def __init__(self, place: GCSPlace, portal: Portal, uri: ObjectURI) -> None:
        self.place, self.portal, self.uri = place, portal, uri
        self.made: list[StoreRegistry] = []

    def read(self, account: GCSAccount | None = None, **gcs: Any) -> bytes:
        """The object, with options given in code."""
        return self.read_with(self.place.options(account or GCSAccount(), **gcs))

    def read_with(self, options: StorageOptions) -> bytes:
        data: bytes = self.portal.run(self._store(options).get_range(self.uri, 0, 100))[0]
        return data

    def read_configured(self, **settings: Any) -> bytes:
        """The object, with what environment and media cache config say."""
        return self.read_with(self.configured(**settings))

    def identity(self, options: StorageOptions) -> Identity:
        found: Identity = self.portal.run(self._store(options).identity())
        return found

    def configured(self, **settings: Any) -> StorageOptions:
        endpoint = {"gcs": {"client_options": {"api_endpoint": self.place.front.url}}}
        config = replace(load_config(), extra_client_kwargs=endpoint, **settings)
        return replace(storage_options(config), retry=QUICK)

    def _store(self, options: StorageOptions) -> Any:
        self.made.append(StoreRegistry(options))
        return self.made[-1].store_for(self.uri)


@pytest.fixture
def visitor(google: GCSPlace, gcs_rig: Rig, portal: Portal) -> Iterator[Visitor]:
    """Nobody yet; the private object says "private"."""
    visitor = Visitor(google, portal, gcs_rig.fill("private.jpg", b"private"))
    yield visitor
    for registry in visitor.made:
        portal.run(registry.close())


def chosen(identity: Identity) -> str:
    """The source that was chosen."""
    (source,) = [each.source for each in identity.candidates if each.outcome.startswith("chosen")]
    return source


def test_nobody(visitor: Visitor) -> None:
    with pytest.raises(CredentialsError, match=r"private\.jpg"):
        visitor.read()
    identity = visitor.identity(visitor.configured())
    assert (identity.method, chosen(identity)) == ("anonymous", "nobody")


def test_nobody_reads_a_public_bucket(google: GCSPlace, visitor: Visitor, gcs_rig: Rig) -> None:
    google.front.public.add(gcs_rig.base.bucket)
    try:
        assert visitor.read() == b"private"
        assert visitor.read(GCSAccount(anonymous=True)) == b"private"
    finally:
        google.front.public.clear()


def service_account(google: GCSPlace, _: Path) -> dict[str, Any]:
    return google.identity.service_account()


def authorized_user(google: GCSPlace, _: Path) -> dict[str, Any]:
    return google.identity.authorized_user()


def external_account(google: GCSPlace, folder: Path) -> dict[str, Any]:
    return google.identity.external_account(folder / "subject")


def external_account_that_impersonates(google: GCSPlace, folder: Path) -> dict[str, Any]:
    address = google.identity.iam_url(OTHER_EMAIL, "generateAccessToken")
    return google.identity.external_account(folder / "subject", service_account_impersonation_url=address)


def external_authorized_user(google: GCSPlace, _: Path) -> dict[str, Any]:
    return google.identity.authorized_user(
        type="external_account_authorized_user",
        audience="//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
        token_url=f"{google.identity.url}/token",
    )


def impersonated_service_account(google: GCSPlace, _: Path) -> dict[str, Any]:
    return google.identity.impersonated(google.identity.service_account())


def impersonated_by_a_user(google: GCSPlace, _: Path) -> dict[str, Any]:
    return google.identity.impersonated(google.identity.authorized_user())


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (service_account, ("service account key", EMAIL)),
        (authorized_user, ("authorized user", "a-client-of-ours")),
        (external_account, ("workload identity federation", "as the token says")),
        (external_account_that_impersonates, ("workload identity federation", OTHER_EMAIL)),
        (external_authorized_user, ("workforce identity federation", "a-client-of-ours")),
        (impersonated_service_account, ("impersonated service account", OTHER_EMAIL)),
        (impersonated_by_a_user, ("impersonated service account", OTHER_EMAIL)),
    ],
)
def test_every_kind_of_file(
    google: GCSPlace, visitor: Visitor, tmp_path: Path, content: Any, known: tuple[str, str]
) -> None:
    file = google.credentials_file(content(google, tmp_path))
    options = visitor.configured(google_application_credentials=file)
    assert visitor.read_with(options) == b"private"
    identity = visitor.identity(options)
    assert identity.endpoint == google.front.url
    assert (identity.method, identity.principal) == known
    assert chosen(identity) == "google_application_credentials in the media cache config"


def test_the_content_of_a_file(google: GCSPlace, visitor: Visitor) -> None:
    content = Secret(json.dumps(google.identity.service_account()))
    assert visitor.read(GCSAccount(credentials_json=content)) == b"private"
    for wrong in ("{", "[]", "{}"):
        with pytest.raises(ConfigError, match="credentials"):
            visitor.read(GCSAccount(credentials_json=Secret(wrong)))


def test_the_environment(google: GCSPlace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.credentials_file())
    assert visitor.read_configured() == b"private"
    assert visitor.read() == b"private", "also where the options say nothing"
    identity = visitor.identity(visitor.configured())
    assert chosen(identity) == "GOOGLE_APPLICATION_CREDENTIALS"
    assert [each.outcome for each in identity.candidates][-1] == "not looked at"


def test_the_environment_goes_before_the_config(
    google: GCSPlace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", google.credentials_file())
    assert visitor.read_configured(google_application_credentials="/no/such.json") == b"private"


def test_the_login_of_gcloud(
    google: GCSPlace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "application_default_credentials.json").write_text(
        json.dumps(google.identity.authorized_user())
    )
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    assert visitor.read_configured() == b"private"
    assert chosen(visitor.identity(visitor.configured())) == "gcloud's application default credentials"


def test_a_machine_of_google(google: GCSPlace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    be_a_machine_of_google(google.identity, monkeypatch)
    assert visitor.read_configured() == b"private"
    identity = visitor.identity(visitor.configured())
    assert (identity.method, chosen(identity)) == (
        "attached service account",
        "the machine's metadata server",
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "not a valid json"),
        ('{"type": "something_else"}', "something_else"),
        ('{"type": "service_account"}', "service account"),
        ('{"type": "service_account", "private_key": "PLANTED"}', "service account"),
        ("[]", "no credentials file"),
        ("null", "no credentials file"),
    ],
)
def test_files_that_are_none(
    google: GCSPlace, visitor: Visitor, tmp_path: Path, content: str, why: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_text(content)
    with pytest.raises(ConfigError, match=f"google_application_credentials.*{why}") as caught:
        visitor.read_configured(google_application_credentials=str(file))
    assert "PLANTED" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"missing\.json"):
        visitor.read_configured(google_application_credentials=str(tmp_path / "missing.json"))


def test_a_key_that_google_does_not_know(google: GCSPlace, visitor: Visitor) -> None:
    stranger = Strangers().service_account(token_uri=f"{google.identity.url}/token")
    account = GCSAccount(credentials_file=google.credentials_file(stranger))
    with pytest.raises(CredentialsError, match=r"private\.jpg.*no token.*Invalid JWT"):
        visitor.read(account)


def test_client_arguments_reach_googles_client(google: GCSPlace, visitor: Visitor) -> None:
    endpoint = {"api_endpoint": google.front.url}
    kwargs = {
        "client_options": endpoint,
        "project": "ours",
        "extra_headers": {"x-goog-custom-audit-job": "1"},
    }
    google.front.requests.clear()
    assert visitor.read(google.account(), client_kwargs=kwargs) == b"private"
    with pytest.raises(ConfigError, match=r'extra_client_kwargs\["gcs"\].*no_such_argument'):
        visitor.read(google.account(), client_kwargs={"no_such_argument": 1})
    from google.oauth2.service_account import Credentials

    scopes = ["https://www.googleapis.com/auth/devstorage.read_only"]
    given = Credentials.from_service_account_info(google.identity.service_account(), scopes=scopes)
    options = google.options(GCSAccount(), client_kwargs={"client_options": endpoint, "credentials": given})
    assert visitor.read_with(options) == b"private"
    assert chosen(visitor.identity(options)) == 'credentials in extra_client_kwargs["gcs"]'


def test_a_token_that_is_refused_is_renewed(google: GCSPlace, visitor: Visitor) -> None:
    options = google.options()
    registry = StoreRegistry(options)
    visitor.made.append(registry)
    store: Any = registry.store_for(visitor.uri)
    read = store.get_range(visitor.uri, 0, 100)
    assert visitor.portal.run(read)[0] == b"private"
    google.identity.revoke_all()
    for _ in range(2):
        assert visitor.portal.run(store.get_range(visitor.uri, 0, 100))[0] == b"private"


def test_tokens_are_renewed_before_they_run_out(
    google: GCSPlace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is good for two seconds; google-auth renews what is good for less than 225 more, so after one."""
    monkeypatch.setattr(google.identity, "lifetime", 226)
    monkeypatch.setattr(google.identity, "accepted", 2.0)
    monkeypatch.setattr(native, "_LEASE", timedelta(minutes=4))
    registry = StoreRegistry(google.options())
    visitor.made.append(registry)
    store: Any = registry.store_for(visitor.uri)
    google.front.refused, before = 0, google.identity.issued
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert visitor.portal.run(store.get_range(visitor.uri, 0, 100))[0] == b"private"
    assert google.front.refused == 0
    assert google.identity.issued - before >= 3


def test_obstore_asks_for_tokens_as_often_as_the_lease_says(
    google: GCSPlace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lease, several in ((native._LEASE, False), (timedelta(minutes=4), True)):
        asked: list[int] = []

        def counting(self: TokenLease, asked: list[int] = asked, ask: Any = TokenLease.__call__) -> Any:
            asked.append(1)
            return ask(self)

        with monkeypatch.context() as patch:
            patch.setattr(native, "_LEASE", lease)
            patch.setattr(TokenLease, "__call__", counting)
            store: Any = StoreRegistry(google.options()).store_for(visitor.uri)
            for _ in range(3):
                visitor.portal.run(store.get_range(visitor.uri, 0, 100))
                time.sleep(0.12)  # obstore does not ask twice within a tenth of a second
            visitor.portal.run(store.close())
        assert (len(asked) > 1) == several
