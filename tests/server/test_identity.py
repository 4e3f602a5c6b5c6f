"""Users, service accounts and groups over REST."""

from __future__ import annotations

import httpx

from support.api_server import ADMIN, RunningApi


def test_the_root_token_and_the_first_admins_key_say_who_they_are(api: RunningApi) -> None:
    assert api.client(api.root_token).get("/whoami").json()["kind"] == "root"
    me = api.admin.api.get("/whoami").json()
    assert (me["kind"], me["email"], me["role"]) == ("user", ADMIN, "ADMIN")


def test_without_an_accepted_token_nothing_is_answered(api: RunningApi, anonymous: httpx.Client) -> None:
    refused = anonymous.get("/whoami")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "Authentication"
