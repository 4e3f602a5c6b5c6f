"""Secrets are planted and looked for in everything that a person might see."""

from __future__ import annotations

import copy
import logging
import pickle
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import errors
from safelight.errors import StorageError
from safelight.storage.addresses import Addresses
from safelight.storage.credentials import Secret
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.s3.options import S3Account
from safelight.storage.uri import ObjectURI
from safelight_server.quickstart.ports import find_free_port
from support.naughty import Naughty, Status
from support.planted_secrets import PLANTED, everything_about
from support.s3_server import S3Server
from support.stores import Rig, account, options_for


@given(st.text(st.characters(codec="ascii"), min_size=6))
def test_a_secret_cannot_print_itself(value: str) -> None:
    secret = Secret(value)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", str([secret])]
    assert not [text for text in shown if value in text and value not in "Secret('**********')"]
    assert secret.reveal() == value


def test_a_secret_is_a_value() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert not Secret("")
    assert Secret("a") != "a"
    assert copy.deepcopy([Secret("a")]) == [copy.copy(Secret("a"))]


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="Secret"):
        pickle.dumps(Secret(PLANTED))


def test_options_do_not_show_secrets() -> None:
    who = S3Account(
        access_key_id=Secret(PLANTED), secret_access_key=Secret(PLANTED), session_token=Secret(PLANTED)
    )
    options = options_for(who, buckets={"b": who})
    assert PLANTED not in repr(options) + str(options) + repr(who)


@pytest.mark.parametrize("key", ["a.jpg", "a//b.jpg"], ids=["native", "sdk"])
@pytest.mark.parametrize("problem", ["denied", "refused", "storm", "signature"])
def test_errors_do_not_show_secrets(
    s3: S3Server,
    naughty: Naughty,
    portal: Portal,
    key: str,
    problem: str,
) -> None:
    statuses = {"denied": Status(403, "AccessDenied"), "storm": Status(503, "SlowDown")}
    if problem in statuses:
        naughty.inject(statuses[problem])
    endpoint = f"http://127.0.0.1:{find_free_port()}" if problem == "refused" else naughty.url
    who = account(
        s3,
        access_key_id=Secret(f"{PLANTED}key"),
        secret_access_key=Secret(f"{PLANTED}secret"),
        session_token=Secret(f"{PLANTED}token"),
        endpoint_url=endpoint,
    )
    options = options_for(who)
    registry = StoreRegistry(replace(options, retry=replace(options.retry, attempts=1)))
    uri = ObjectURI("s3", "bucket", key)
    store = registry.store_for(uri)

    async def first_page() -> None:
        async for _ in store.list(uri):
            return

    for call in (lambda: store.head(uri), lambda: store.get(uri), lambda: store.put(uri, b"x"), first_page):
        assert PLANTED not in everything_about(portal, call)
    portal.run(registry.close())
    assert PLANTED not in repr(registry) + repr(store)


def test_logs_do_not_show_secrets(
    s3: S3Server, naughty: Naughty, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    naughty.inject(Status(403, "AccessDenied"))
    who = account(s3, session_token=Secret(f"{PLANTED}token"), endpoint_url=naughty.url)
    registry = StoreRegistry(options_for(who))
    for key in ("a.jpg", "a//b.jpg"):
        uri = ObjectURI("s3", "bucket", key)
        assert PLANTED not in everything_about(portal, partial(registry.store_for(uri).get, uri))
    portal.run(registry.close())
    assert PLANTED not in caplog.text


def test_signed_addresses_are_not_shown(http_rig: Rig, s3_rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    uri = s3_rig.fill("a.jpg", b"a")
    signed = s3_rig.run(s3_rig.store.sign(uri, expires=timedelta(minutes=5)))
    spoiled = Addresses().parse(signed.replace("Signature=", f"Signature={PLANTED}"))
    if s3_rig.name == "moto":
        spoiled = Addresses().parse(str(spoiled).replace("a.jpg", "missing.jpg"))
    assert PLANTED in str(spoiled)
    shown = everything_about(http_rig.portal, lambda: http_rig.store.head(spoiled))
    assert PLANTED not in shown + repr(spoiled) + caplog.text


def subclasses(kind: type[Any]) -> list[type[Any]]:
    return [kind, *(found for child in kind.__subclasses__() for found in subclasses(child))]


@pytest.mark.parametrize("kind", subclasses(StorageError))
def test_errors_survive_pickling_and_say_what_they_are_about(kind: type[StorageError]) -> None:
    error = kind("it went wrong", "s3://bucket/key")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.reason, again.uri, str(again)) == ("it went wrong", "s3://bucket/key", str(error))
    assert isinstance(error, OSError)
    assert getattr(errors, kind.__name__) is kind
