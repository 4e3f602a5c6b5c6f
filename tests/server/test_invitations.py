"""Invitations: a link that works once, mailed through a real SMTP server where there is one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from typing import Any

import httpx
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from conftest import MongoDB
from safelight.storage.credentials import Secret
from safelight_server.quickstart.ports import LOOPBACK, find_free_port
from support.api_server import Person, RunningApi, api_in_process, api_settings


class _Mailbox:
    """Keeps the letters that arrive."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


def _log_in(
    _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    good = mechanism in {"LOGIN", "PLAIN"} and data == LoginPassword(b"post", b"p@ss/word")
    return AuthResult(success=good)


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[_Mailbox, str]]:
    """A mail server that wants TLS and a password, and its address."""
    box, port, authority = _Mailbox(), find_free_port(), trustme.CA()
    certificates = tmp_path_factory.mktemp("mail") / "authority.pem"
    authority.cert_pem.write_to_path(certificates)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(tls)
    tls.verify_mode = ssl.CERT_NONE
    controller = Controller(
        box,
        hostname=LOOPBACK,
        port=port,
        tls_context=tls,
        require_starttls=True,
        authenticator=_log_in,
        auth_required=True,
    )
    controller.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(certificates))
        yield box, f"smtp://post:p%40ss%2Fword@{LOOPBACK}:{port}"
    controller.stop()


@pytest.fixture(scope="module")
def api(mongodb: MongoDB, mailbox: tuple[_Mailbox, str]) -> Iterator[RunningApi]:
    """A server that can send mail."""
    smtp = {"smtp_url": Secret(mailbox[1]), "smtp_sender": "safelight@example.org"}
    with api_in_process(api_settings(mongodb.uri, **smtp)) as running:
        yield running


def invite(admin: Person, email: str, **more: str) -> dict[str, Any]:
    return dict(admin.api.post("/invitations", json={"email": email, **more}).raise_for_status().json())


def accept(anonymous: httpx.Client, url: str, name: str = "New") -> httpx.Response:
    return anonymous.post("/invitations/accept", json={"token": url.partition("#")[2], "name": name})


def test_an_invitation_is_mailed_and_its_link_makes_a_user(
    api: RunningApi, admin: Person, anonymous: httpx.Client, mailbox: tuple[_Mailbox, str]
) -> None:
    made = invite(admin, "Lin@example.org", role="LABELER")
    assert made["mailed"]
    letter = mailbox[0].letters[-1]
    assert (letter["To"], letter["From"]) == ("lin@example.org", "safelight@example.org")
    link = next(
        line.strip() for line in letter.get_payload(decode=True).decode().splitlines() if "/join#" in line
    )
    assert link == made["invitation"]["url"]
    page = httpx.get(link)
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    welcome = accept(anonymous, link, "Lin")
    assert welcome.status_code == 201
    me = api.client(welcome.json()["key"]).get("/whoami").json()
    assert (me["name"], me["email"], me["role"]) == ("Lin", "lin@example.org", "LABELER")
    again = accept(anonymous, link)
    assert (again.status_code, again.json()["code"]) == (403, "InvitationRefused")


def test_pending_invitations_are_listed_and_can_be_taken_back(admin: Person, anonymous: httpx.Client) -> None:
    first = invite(admin, "who@example.org")["invitation"]
    second = invite(admin, "who@example.org", role="GUEST")["invitation"]
    pending = admin.api.get("/invitations").json()["items"]
    assert [each["id"] for each in pending] == [first["id"], second["id"]]
    assert pending[0]["role"] == "MEMBER", "the organization's default"
    assert admin.api.delete(f"/invitations/{first['id']}").status_code == 204
    assert accept(anonymous, first["url"]).status_code == 403
    assert admin.api.delete("/invitations/WHO@example.org").status_code == 204
    assert accept(anonymous, second["url"]).status_code == 403
    assert admin.api.delete("/invitations/who@example.org").status_code == 404
    assert admin.api.get("/invitations").json()["items"] == []


def test_guests_join_without_a_key(admin: Person, anonymous: httpx.Client) -> None:
    welcome = accept(anonymous, invite(admin, "guest@example.org", role="GUEST")["invitation"]["url"])
    assert welcome.json()["key"] is None
    assert welcome.json()["user"]["role"] == "GUEST"


def test_users_are_not_invited_again(admin: Person) -> None:
    refused = admin.api.post("/invitations", json={"email": admin.email})
    assert (refused.status_code, refused.json()["code"]) == (409, "UserExists")


def test_an_old_invitation_is_refused(api: RunningApi, admin: Person, anonymous: httpx.Client) -> None:
    invitation = invite(admin, "late@example.org")["invitation"]
    with api.databases() as client:
        past = datetime.now(timezone.utc) - timedelta(seconds=1)
        change = {"$set": {"expires_at": past}, "$inc": {"revision": 1}}
        client[api.settings.own_database]["invitations"].update_one({"_id": invitation["id"]}, change)
    while admin.api.get("/invitations").json()["items"]:
        pass
    assert accept(anonymous, invitation["url"]).json()["code"] == "InvitationRefused"


def test_sharing_with_somebody_unknown_invites_them_to_the_dataset(
    api: RunningApi, admin: Person, anonymous: httpx.Client
) -> None:
    dataset = api.dataset()
    path = f"/datasets/{dataset}/access/users/soon@example.org"
    assert admin.api.put(path, json={"permission": "EDIT"}).status_code == 404
    assert admin.api.put(path, json={"permission": "EDIT", "invite": True}).status_code == 200
    [invitation] = admin.api.get("/invitations").json()["items"]
    key = accept(anonymous, invitation["url"]).json()["key"]
    [seen] = api.client(key).get("/datasets").json()["items"]
    assert (seen["name"], seen["permission"]) == (dataset, "EDIT")


def test_only_admins_invite_by_sharing(api: RunningApi, admin: Person) -> None:
    creator = api.person("MEMBER")
    dataset = api.dataset(creator)
    path = f"/datasets/{dataset}/access/users/stranger@example.org"
    refused = creator.api.put(path, json={"permission": "VIEW", "invite": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "MayNotInvite")
    assert admin.api.get("/invitations").json()["items"] == []


def test_a_mail_server_that_is_down_does_not_stop_an_invitation(mongodb: MongoDB) -> None:
    nowhere = Secret(f"smtp://{LOOPBACK}:{find_free_port()}")
    with api_in_process(api_settings(mongodb.uri, smtp_url=nowhere)) as running:
        made = invite(running.admin, "far@example.org")
        assert not made["mailed"]
        assert accept(running.client(), made["invitation"]["url"]).status_code == 201
