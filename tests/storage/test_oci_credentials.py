"""Oracle Cloud: as whom its SDK speaks, and where that is configured."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.config import MediaCacheConfig, storage_options
from safelight.errors import (
    CredentialsError,
    SafelightError,
)
from safelight.storage.credentials import Secret
from safelight.storage.oci.options import OCIAccount, OCIOptions
from safelight.storage.options import StorageOptions
from safelight.storage.uri import ObjectURI
from support.oci_rig import oci_key, settings_at
from support.oci_server import NAMESPACE, OCIServer
from support.oci_signing import SigningKey
from support.stores import Rig

PLANTED = "PLANTED-5ecret"


def test_the_seeds_config_file(
    oci: OCIServer,
    oci_rig: Rig,
    open_oci: Callable[[StorageOptions], Rig],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    key = oci.add_key(SigningKey.generate("home"))
    key.write_config(tmp_path / ".oci")
    ours = open_oci(storage_options(settings_at(oci), {}))
    ours.fill("a.jpg", b"by the file")
    assert oci_rig.read("a.jpg") == b"by the file"
    who = ours.run(ours.store.identity())
    assert key.user in who.principal
    assert [(each.source.partition(",")[0], each.outcome) for each in who.candidates] == [
        ("~/.oci/config", "chosen"),
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "not looked at"),
    ]


@pytest.mark.parametrize(
    ("environ", "config", "winner"),
    [
        ({}, {}, "DEFAULT"),
        ({}, {"oci_profile": "TEAM"}, "TEAM"),
        ({"OCI_CLI_PROFILE": "CLI"}, {"oci_profile": "TEAM"}, "CLI"),
    ],
)
def test_which_profile_wins(  # noqa: PLR0917 - fixtures and parameters
    oci: OCIServer,
    open_oci: Callable[[StorageOptions], Rig],
    tmp_path: Path,
    environ: dict[str, str],
    config: dict[str, str],
    winner: str,
) -> None:
    keys = {name: oci.add_key(SigningKey.generate(name.lower())) for name in ("DEFAULT", "TEAM", "CLI")}
    for name, key in keys.items():
        file = key.write_config(tmp_path, name)
    options = storage_options(settings_at(oci, oci_config_file=str(file), **config), environ)
    ours = open_oci(options)
    ours.fill("profile.jpg", b"x")
    assert f'keyId="{keys[winner].key_id}"' in oci.requests[-1].headers["authorization"]
    chosen = next(each for each in ours.run(ours.store.identity()).candidates if each.outcome == "chosen")
    assert f"[{winner}]" in chosen.source
    assert "oci_config_file of the media cache config" in chosen.source
    assert keys[winner].user in ours.run(ours.store.identity()).principal


def test_the_variable_of_the_command_line_names_the_file(
    oci: OCIServer, open_oci: Callable[[StorageOptions], Rig], tmp_path: Path
) -> None:
    key = oci.add_key(SigningKey.generate("cli"))
    file = key.write_config(tmp_path)
    other = SigningKey.generate("other").write_config(tmp_path / "other")
    environ = {"OCI_CLI_CONFIG_FILE": str(file)}
    ours = open_oci(storage_options(settings_at(oci, oci_config_file=str(other)), environ))
    assert ours.run(ours.store.head(ours.fill("cli.jpg", b"x"))).size == 1


def test_a_key_with_a_pass_phrase(
    oci: OCIServer, open_oci: Callable[[StorageOptions], Rig], tmp_path: Path
) -> None:
    key = oci.add_key(SigningKey.generate("phrase"))
    file = key.write_config(tmp_path, pass_phrase="tell nobody")
    ours = open_oci(
        StorageOptions(oci=OCIOptions(account=OCIAccount(config_file=str(file), endpoint=oci.url)))
    )
    assert ours.run(ours.store.head(ours.fill("phrase.jpg", b"x"))).size == 1


def test_a_session_token(oci: OCIServer, open_oci: Callable[[StorageOptions], Rig], tmp_path: Path) -> None:
    key = SigningKey.generate("session")
    claims = base64.urlsafe_b64encode(b'{"exp": 9999999999}').decode().rstrip("=")
    (tmp_path / "token").write_text(f"e30.{claims}.c2ln")
    oci.add_key(key, f"ST$e30.{claims}.c2ln")
    (tmp_path / "key.pem").write_text(key.pem())
    (tmp_path / "config").write_text(
        f"[SESSION]\nfingerprint={key.fingerprint}\nkey_file={tmp_path}/key.pem\ntenancy={key.tenancy}\n"
        f"region=us-ashburn-1\nsecurity_token_file={tmp_path}/token\n"
    )
    account = OCIAccount(config_file=str(tmp_path / "config"), profile="SESSION", endpoint=oci.url)
    ours = open_oci(StorageOptions(oci=OCIOptions(account=account)))
    assert ours.run(ours.store.head(ours.fill("session.jpg", b"x"))).size == 1
    assert ours.run(ours.store.identity()).method == "SecurityTokenSigner"


def test_the_resource_principal_of_a_function(
    oci: OCIServer, open_oci: Callable[[StorageOptions], Rig], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    key = SigningKey.generate("function")
    claims = base64.urlsafe_b64encode(b'{"exp": 9999999999, "res_tenant": "t"}').decode().rstrip("=")
    oci.add_key(key, f"ST$e30.{claims}.c2ln")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_RPST", f"e30.{claims}.c2ln")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", key.pem())
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_REGION", "us-ashburn-1")
    options = storage_options(MediaCacheConfig())
    ours = open_oci(replace(options, oci=replace(options.oci, account=OCIAccount(endpoint=oci.url))))
    assert ours.run(ours.store.head(ours.fill("function.jpg", b"x"))).size == 1
    assert [each.outcome for each in ours.run(ours.store.identity()).candidates] == ["not found", "chosen"]


def test_a_bucket_of_its_own_account(
    oci: OCIServer, oci_rig: Rig, open_oci: Callable[[StorageOptions], Rig]
) -> None:
    stranger, owner = SigningKey.generate("stranger"), oci.add_key(SigningKey.generate("owner"))
    name = oci_rig.base.bucket.partition("@")[0]
    default = OCIAccount(key=oci_key(stranger), endpoint=oci.url)
    theirs = OCIAccount(key=oci_key(owner), endpoint=oci.url)
    for key in (name, oci_rig.base.bucket):
        ours = open_oci(StorageOptions(oci=OCIOptions(account=default, buckets={key: theirs})))
        ours.fill("own.jpg", b"own")
        elsewhere = ObjectURI("oci", f"other@{NAMESPACE}", "k")
        with pytest.raises(CredentialsError, match="credentials"):
            ours.run(ours.registry.store_for(elsewhere).head(elsewhere))


def broken_accounts(tmp_path: Path, oci: OCIServer) -> dict[str, OCIAccount]:
    key = SigningKey.generate("broken")
    bad = replace(oci_key(key), private_key=Secret(f"{PLANTED} is no key"))
    (tmp_path / "garbage").write_text(f"{PLANTED}\n")
    (tmp_path / "lacking").write_text(f"[DEFAULT]\nuser={key.user}\npass_phrase={PLANTED}\n")
    return {
        "unknown key": OCIAccount(key=oci_key(key), endpoint=oci.url),
        "no key": OCIAccount(key=bad, endpoint=oci.url),
        "wrong phrase": OCIAccount(
            key=replace(oci_key(key), private_key=Secret(key.pem("right")), pass_phrase=Secret(PLANTED)),
            endpoint=oci.url,
        ),
        "no file": OCIAccount(config_file=str(tmp_path / "none")),
        "no profile": OCIAccount(config_file=str(key.write_config(tmp_path)), profile="NOBODY"),
        "garbage": OCIAccount(config_file=str(tmp_path / "garbage")),
        "lacking": OCIAccount(config_file=str(tmp_path / "lacking")),
    }


def test_unusable_credentials_say_so_and_show_no_secret(
    oci: OCIServer,
    oci_rig: Rig,
    open_oci: Callable[[StorageOptions], Rig],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, account in broken_accounts(tmp_path, oci).items():
        options = StorageOptions(oci=OCIOptions(account=account))
        ours = open_oci(options)
        for call in (ours.store.head, ours.store.get):
            with pytest.raises(CredentialsError) as caught:
                ours.run(call(oci_rig.uri("k")))
            error: SafelightError = caught.value
            shown = f"{error!r} {error} {vars(error)} {error.__cause__} {options!r} {caplog.text}"
            assert PLANTED not in shown, name
            assert "PRIVATE KEY" not in shown, name
            assert oci_rig.uri("k").public_text in str(error), name
