"""What the server can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight_index.errors import SettingsError
from safelight_index.settings import Fallback, Settings


def test_flags_go_before_the_environment_and_that_before_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_INDEX_PORT", "7001")
    monkeypatch.setenv("SAFELIGHT_INDEX_FALLBACK", "off")
    settings = Settings.read({"port": "7002", "workers": ""})
    assert (settings.port, settings.fallback, settings.workers) == (7002, Fallback.OFF, 1)


def test_worker_processes_read_what_was_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_INDEX_HOST", "::1")
    settings = Settings.read({"state_dir": str(tmp_path), "base_url": "https://pypi.example.com/"})
    settings.export()
    assert Settings.read() == settings
    assert settings.url == "https://pypi.example.com"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"port": "eighty"}, "port"),
        ({"fallback": "sometimes"}, "fallback"),
        ({"workers": "0"}, "--workers"),
        ({"tls_cert": "cert.pem"}, "--tls-key"),
        ({"public_index": "ftp://example.com"}, "--public-index"),
        ({"base_url": "pypi.example.com"}, "--base-url"),
        ({"public_index": "https://user:secret@mirror.example.com/simple/"}, "--fallback proxy"),
    ],
)
def test_a_wrong_value_is_named(given: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.read(given)


@pytest.mark.parametrize(
    "public_index",
    ["http://127.0.0.1:8080/simple/", "https://pypi.example.com/", "https://pypi.example.com:443/simple"],
)
def test_the_public_index_cannot_be_the_server_itself(public_index: str) -> None:
    with pytest.raises(SettingsError, match="itself"):
        Settings.read({"base_url": "https://pypi.example.com", "public_index": public_index})
