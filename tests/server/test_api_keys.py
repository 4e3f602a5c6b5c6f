"""API keys: shown once, hash only, revoked at once, expiring, not for guests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_server.authn.tokens import Token, TokenKind
from support.api_server import Person, RunningApi


@given(st.sampled_from(TokenKind), st.data())
def test_a_token_that_was_mistyped_is_none(kind: TokenKind, data: st.DataObject) -> None:
    token = Token.generate(kind)
    text = token.reveal()
    assert Token.parse(text) == token
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != text[place]))
    assert Token.parse(text[:place] + other + text[place + 1 :]) is None
    assert Token.parse(text[:place] + text[place + 1 :]) is None


@given(st.text())
def test_other_texts_are_no_tokens(text: str) -> None:
    assert Token.parse(text) is None


def test_tokens_do_not_print_themselves() -> None:
    token = Token.generate(TokenKind.API_KEY)
    assert token.reveal() not in f"{token} {token!r} {[token]}"
    assert token.id in repr(token)


def test_a_key_is_shown_once_and_kept_as_a_digest(api: RunningApi) -> None:
    member = api.person("MEMBER")
    made = member.api.post("/api-keys", json={"name": "laptop"}).json()
    assert api.client(made["key"]).get("/whoami").json()["id"] == member.id
    listed = member.api.get("/api-keys").json()["items"]
    assert [each["name"] for each in listed] == ["tests", "laptop"]
    assert made["key"] not in str(listed)
    with api.databases() as client:
        stored = client[api.settings.own_database]["api_keys"].find_one({"_id": made["api_key"]["id"]})
    assert stored
    secret = made["key"].split("_")[1][8:]
    assert secret not in str(stored)
    assert len(stored["digest"]) == 32


def test_a_revoked_key_is_refused_from_then_on(api: RunningApi, admin: Person) -> None:
    member = api.person("MEMBER")
    made = member.api.post("/api-keys", json={"name": "lost"}).json()
    thief = api.client(made["key"])
    assert thief.get("/whoami").status_code == 200
    assert admin.api.delete(f"/api-keys/{made['api_key']['id']}", params={"owner": member.id}).is_success
    refused = thief.get("/whoami")
    assert refused.status_code == 401
    assert "revoked" in refused.json()["detail"]
    assert member.api.get("/whoami").status_code == 200, "other keys are still good"
    gone = admin.api.delete(f"/api-keys/{made['api_key']['id']}", params={"owner": member.id})
    assert gone.json()["code"] == "ApiKeyNotFound"


def test_a_key_ends_at_its_time(api: RunningApi) -> None:
    member = api.person("MEMBER")
    made = member.api.post("/api-keys", json={"name": "short", "expires_in_days": 1}).json()
    expires = datetime.fromisoformat(made["api_key"]["expires_at"])
    assert timedelta(hours=23) < expires - datetime.now(timezone.utc) < timedelta(hours=25)
    client = api.client(made["key"])
    assert client.get("/whoami").status_code == 200
    with api.databases() as databases:
        keys = databases[api.settings.own_database]["api_keys"]
        past = datetime.now(timezone.utc) - timedelta(seconds=1)
        change = {"$set": {"expires_at": past}, "$inc": {"revision": 1}}
        keys.update_one({"_id": made["api_key"]["id"]}, change)
    for _attempt in range(100):
        if client.get("/whoami").status_code == 401:
            break
    else:
        pytest.fail("an expired key is still accepted")


def test_the_last_use_is_known(api: RunningApi) -> None:
    member = api.person("MEMBER")
    made = member.api.post("/api-keys", json={"name": "used"}).json()
    assert made["api_key"]["last_used_at"] is None
    api.client(made["key"]).get("/whoami")
    used = {each["name"]: each["last_used_at"] for each in member.api.get("/api-keys").json()["items"]}
    assert used["used"] is not None


def test_guests_can_neither_have_nor_use_keys(api: RunningApi, admin: Person) -> None:
    member = api.person("MEMBER")
    admin.api.patch(f"/users/{member.id}", json={"role": "GUEST"})
    refused = member.api.get("/whoami")
    assert refused.status_code == 401
    assert "guests cannot use API keys" in refused.json()["detail"]
    made = admin.api.post("/api-keys", params={"owner": member.id}, json={"name": "for a guest"})
    assert (made.status_code, made.json()["code"]) == (403, "GuestKey")
    admin.api.patch(f"/users/{member.id}", json={"role": "COLLABORATOR"})
    assert member.api.get("/whoami").json()["role"] == "COLLABORATOR"


def test_what_is_not_a_key_is_named(api: RunningApi, admin: Person) -> None:
    cut = api.client(admin.key[:-1]).get("/whoami")
    assert "not complete" in cut.json()["detail"]
    unknown = api.client(Token.generate(TokenKind.API_KEY).reveal()).get("/whoami")
    assert unknown.status_code == 401
    invitation = api.client(Token.generate(TokenKind.INVITATION).reveal()).get("/whoami")
    assert "invitation" in invitation.json()["detail"]
    root = api.client(Token.generate(TokenKind.ROOT).reveal()).get("/whoami")
    assert "root token" in root.json()["detail"]
