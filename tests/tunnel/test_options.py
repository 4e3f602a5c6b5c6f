"""What the settings of an API connection may say."""

from __future__ import annotations

from typing import Any

import pytest

from safelight.errors import ConfigError
from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://safelight.example.org", "wss://safelight.example.org/api/v1/mongo"),
        ("https://safelight.example.org/", "wss://safelight.example.org/api/v1/mongo"),
        ("https://example.org:8443/team/", "wss://example.org:8443/team/api/v1/mongo"),
        ("http://localhost:8000", "ws://localhost:8000/api/v1/mongo"),
    ],
)
def test_where_the_websockets_go(uri: str, expected: str) -> None:
    assert TunnelOptions(uri, Secret("key")).websocket_url == expected


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"api_uri": "safelight.example.org"}, "expected https://HOST"),
        ({"api_uri": "mongodb://localhost"}, "expected https://HOST"),
        ({"api_uri": "https://me:key@example.org"}, "belongs in api_key"),
        ({"api_key": Secret("")}, "there is no api_key \\(FIFTYONE_API_KEY\\)"),
        ({"compressor": "snappy"}, "api_compressor: expected one of lz4"),
        ({"transfer": "json"}, "api_transfer_method: expected one of bytes, str"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], why: str) -> None:
    settings: dict[str, Any] = {"api_uri": "https://example.org", "api_key": Secret("key"), **changes}
    with pytest.raises(ConfigError, match=why):
        TunnelOptions(**settings)


def test_the_key_is_not_shown() -> None:
    assert "my-key" not in repr(TunnelOptions("https://example.org", Secret("my-key")))
