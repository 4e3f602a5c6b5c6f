"""From the Authorization header to a token."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safelight_index.auth import authenticate
from safelight_index.database import Database
from safelight_index.errors import AuthenticationError, InvalidTokenError, MissingTokenError
from safelight_index.mirror import Mirror
from safelight_index.tokens import TokenDirectory, TokenStore


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def token(tmp_path: Path) -> str:
    return TokenStore(Database(tmp_path)).create("alice")[0].reveal()


@pytest.fixture
def directory(tmp_path: Path, token: str) -> Iterator[TokenDirectory]:
    mirror = Mirror(Database(tmp_path))
    mirror.refresh()
    yield mirror.tokens
    mirror.close()


@pytest.mark.parametrize("other", ["", "x", "__token__", "pässword", "a:b:c"])
def test_the_token_may_stand_in_either_field_whatever_the_other_holds(
    directory: TokenDirectory, token: str, other: str
) -> None:
    assert authenticate(basic(token, other), directory).name == "alice"
    if ":" not in other:
        assert authenticate(basic(other, token), directory).name == "alice"


def test_the_scheme_is_case_insensitive_and_may_be_bearer(directory: TokenDirectory, token: str) -> None:
    for header in (basic(token).replace("Basic", "bAsIc"), f"Bearer {token}", f"bearer  {token} "):
        assert authenticate(header, directory).name == "alice"


@pytest.mark.parametrize("header", [None, "", "Basic Og==", "Digest abc", "Bearer"])
def test_no_token_is_told_how_to_send_one(directory: TokenDirectory, header: str | None) -> None:
    with pytest.raises(MissingTokenError, match="https://TOKEN:@HOST/"):
        authenticate(header, directory)


@pytest.mark.parametrize(
    "header", ["Basic ***", "Basic /w==", "Basic YWJ", basic("slix_short"), basic("a", "b")]
)
def test_damaged_credentials_are_refused_as_such(directory: TokenDirectory, header: str) -> None:
    with pytest.raises(InvalidTokenError):
        authenticate(header, directory)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(),
        st.text().map("Basic {}".format),
        st.text().map(basic),
        st.binary().map(lambda raw: "Basic " + base64.b64encode(raw).decode()),
    )
)
def test_no_header_does_worse_than_be_refused(directory: TokenDirectory, header: str) -> None:
    with pytest.raises(AuthenticationError):
        authenticate(header, directory)
