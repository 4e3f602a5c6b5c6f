"""Where `fo.config` finds the API connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fiftyone.core.config import FiftyOneConfig

from safelight.client.logins import LOGIN_FILE, Login, Logins
from safelight.storage.credentials import Secret


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This user has logged in."""
    monkeypatch.setenv("HOME", str(tmp_path))
    Logins(Path(LOGIN_FILE).expanduser()).save(Login("https://team.example.org", Secret("kept")))


def config(**content: Any) -> Any:
    return FiftyOneConfig(content)


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIFTYONE_DATABASE_URI")
    found = config()
    assert (found.api_uri, found.api_key) == (None, None)
    assert (found.api_compressor, found.api_transfer_method) == ("lz4", "bytes")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTYONE_API_COMPRESSOR", "zlib")
    found = config(api_uri="https://file.example.org", api_key="k", api_compressor="lzma")
    assert (found.api_uri, found.api_key, found.api_compressor) == ("https://file.example.org", "k", "zlib")


def test_a_login_is_used_where_nothing_else_is_named(login: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIFTYONE_DATABASE_URI")
    found = config()
    assert (found.api_uri, found.api_key) == ("https://team.example.org", "kept")


def test_a_database_or_another_server_wins_over_a_login(login: None) -> None:
    assert config().api_uri is None
    found = config(api_uri="https://other.example.org", api_key="given")
    assert (found.api_uri, found.api_key) == ("https://other.example.org", "given")
