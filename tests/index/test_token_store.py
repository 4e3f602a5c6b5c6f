"""Making, listing, revoking and verifying tokens."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from safelight_index.database import Database
from safelight_index.errors import (
    ExpiredTokenError,
    InvalidTokenError,
    RevokedTokenError,
    SettingsError,
    TokenNotFoundError,
)
from safelight_index.mirror import Mirror
from safelight_index.tokens import Scope, TokenStore, TokenText


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(Database(tmp_path))


def now() -> datetime:
    return datetime.now(timezone.utc)


def test_the_text_of_a_token_is_nowhere_in_the_state(tmp_path: Path, store: TokenStore) -> None:
    text, _ = store.create("alice")
    secret = text.reveal().removeprefix("slix_")[8:].encode()
    for file in tmp_path.rglob("*"):
        assert secret not in file.read_bytes(), file


def test_a_token_is_listed_with_all_but_its_secret(store: TokenStore) -> None:
    text, token = store.create("alice", Scope.UPLOAD, timedelta(days=90))
    assert store.tokens() == [token]
    assert (token.id, token.name, token.scope) == (text.id, "alice", Scope.UPLOAD)
    assert token.state(now()) == "active"
    assert token.state(now() + timedelta(days=91)) == "expired"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines", "\x1b[31m"])
def test_a_name_that_would_spoil_a_list_is_refused(store: TokenStore, name: str) -> None:
    with pytest.raises(SettingsError):
        store.create(name)


@pytest.mark.parametrize("days", [0, -1, 40_000, 999_999_999])
def test_a_token_without_a_future_or_with_too_much_of_it_is_refused(store: TokenStore, days: int) -> None:
    with pytest.raises(SettingsError):
        store.create("alice", expires_in=timedelta(days=days))


@pytest.mark.parametrize("package", ["Acme", "a_b", "a*b*", "", "a b"])
def test_a_package_that_no_project_can_be_called_is_refused(store: TokenStore, package: str) -> None:
    with pytest.raises(SettingsError, match="no normalised project name"):
        store.create("alice", packages=[package])


def test_tokens_of_the_first_schema_are_for_all_packages(tmp_path: Path, store: TokenStore) -> None:
    text, _ = store.create("alice")
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection, connection:
        connection.execute("ALTER TABLE tokens DROP COLUMN packages")
        connection.execute("PRAGMA user_version = 1")
    mirror = Mirror(Database(tmp_path))
    mirror.refresh()
    assert mirror.tokens.verify(text, now()).covers("anything")
    mirror.close()
    assert TokenStore(Database(tmp_path)).create("bob", packages=["a-*"])[1].packages == ("a-*",)


def test_revoking_twice_keeps_the_first_time(store: TokenStore) -> None:
    text, _ = store.create("alice")
    first, second = store.revoke(text.id), store.revoke(text.id)
    assert first.revoked_at == second.revoked_at is not None


def test_revoking_what_is_not_there_says_so(store: TokenStore) -> None:
    with pytest.raises(TokenNotFoundError, match="token list"):
        store.revoke("AAAAAAAA")


def test_another_process_sees_every_change_at_its_next_look(tmp_path: Path, store: TokenStore) -> None:
    mirror = Mirror(Database(tmp_path))
    text, token = store.create("alice", expires_in=timedelta(hours=1))
    mirror.refresh()
    assert mirror.tokens.verify(text, now()) == token
    with pytest.raises(ExpiredTokenError, match=r"alice.*expired on"):
        mirror.tokens.verify(text, now() + timedelta(hours=1))
    store.revoke(text.id)
    mirror.refresh()
    with pytest.raises(RevokedTokenError, match=r"alice.*revoked on"):
        mirror.tokens.verify(text, now())
    mirror.close()


def test_a_token_of_another_index_is_unknown_here(tmp_path: Path, store: TokenStore) -> None:
    mirror = Mirror(Database(tmp_path))
    with pytest.raises(InvalidTokenError, match="never made it"):
        mirror.tokens.verify(TokenText.generate(), now())
    mirror.close()


def test_the_last_use_only_moves_forward(store: TokenStore) -> None:
    text, _ = store.create("alice")
    store.record_uses({text.id: 2000.0})
    store.record_uses({text.id: 1000.0})
    assert store.tokens()[0].last_used_at == datetime.fromtimestamp(2000, timezone.utc)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [(Scope.READ, {"read"}), (Scope.UPLOAD, {"read", "upload"}), (Scope.ADMIN, {"read", "upload", "admin"})],
)
def test_each_scope_includes_the_smaller_ones(scope: Scope, covered: set[str]) -> None:
    assert {needed.value for needed in Scope if scope.includes(needed)} == covered
