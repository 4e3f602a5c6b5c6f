"""What operators rely on: health, metrics, logs, limits, settings, and a second fence at MongoDB."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import MongoDB
from safelight.storage.credentials import Secret
from safelight_server.authn.tokens import Token, TokenKind
from safelight_server.errors import SettingsError, TooManyRequestsError
from safelight_server.observability.logs import JsonFormatter
from safelight_server.rate_limit import RateLimit
from safelight_server.settings import Settings, describe
from support.api_server import Person, RunningApi, api_in_process, api_settings


@pytest.fixture(scope="module")
def strict(mongodb: MongoDB) -> Iterator[RunningApi]:
    """A server with low limits."""
    limits = {"max_body_kib": 4, "requests_per_minute": 20, "unknown_tokens_per_minute": 5}
    with api_in_process(api_settings(mongodb.uri, **limits)) as running:
        yield running


def test_health_and_readiness_need_no_token(api: RunningApi) -> None:
    assert httpx.get(f"{api.url}/health").text == "ok\n"
    assert httpx.get(f"{api.url}/ready").text == "ready\n"


def test_metrics_are_prometheus_text_without_names_in_them(api: RunningApi, admin: Person) -> None:
    admin.api.get(f"/users/{admin.email}")
    admin.api.get("/no/such/page")
    text = httpx.get(f"{api.url}/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    counted = {
        (sample.labels["route"], sample.labels["status"])
        for sample in families["safelight_http_requests"].samples
        if sample.name.endswith("_total")
    }
    assert ("/users/{user}", "200") in counted
    assert ("unknown", "404") in counted
    assert admin.email not in text


def test_every_answer_has_the_id_of_its_request(admin: Person) -> None:
    generated = admin.api.get("/whoami").headers["X-Request-ID"]
    assert len(generated) == 16
    given = admin.api.get("/users/nobody", headers={"X-Request-ID": "from-the-proxy.1"})
    assert given.headers["X-Request-ID"] == given.json()["request_id"] == "from-the-proxy.1"
    forged = admin.api.get("/whoami", headers={"X-Request-ID": "a b {evil}"})
    assert forged.headers["X-Request-ID"] not in {"a b {evil}", ""}


def one_record(caplog: pytest.LogCaptureFixture, logger: str) -> logging.LogRecord:
    """The server logs when it has answered, so perhaps in a moment."""
    for _ in range(500):
        if found := [each for each in caplog.records if each.name == logger]:
            break
        time.sleep(0.01)
    [record] = found
    return record


def test_a_request_is_one_line_of_json_and_shows_no_token(
    admin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "safelight_server"):
        admin.api.get("/whoami", headers={"X-Request-ID": "one"})
        record = one_record(caplog, "safelight_server.observability.requests")
    line = json.loads(JsonFormatter().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/whoami", 200)
    token = Token.parse(admin.key)
    assert token
    assert line["token"] == token.id
    assert admin.key not in caplog.text


def test_a_body_that_is_too_long_is_refused_however_it_comes(strict: RunningApi) -> None:
    client = strict.admin.api
    long = b'{"name": "' + b"x" * 8000 + b'"}'
    declared = client.post("/api-keys", content=long, headers={"Content-Type": "application/json"})
    assert declared.status_code == 413
    chunked = client.post(
        "/api-keys", content=iter([long[:5000], long[5000:]]), headers={"Content-Type": "application/json"}
    )
    assert chunked.status_code == 413


def test_a_caller_that_asks_too_often_is_told_when_to_come_back(strict: RunningApi) -> None:
    busy, other = strict.person("MEMBER"), strict.person("MEMBER")
    answers = [busy.api.get("/whoami") for _ in range(25)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 4
    assert sum(each.status_code == 200 for each in answers) >= 20
    assert other.api.get("/whoami").status_code == 200


def test_unknown_tokens_are_limited_and_good_ones_are_not(strict: RunningApi) -> None:
    member = strict.person("MEMBER")
    statuses = [
        strict.client(Token.generate(TokenKind.API_KEY).reveal()).get("/whoami").status_code for _ in range(8)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert member.api.get("/whoami").status_code == 200


def test_a_bucket_fills_steadily_and_holds_a_minute() -> None:
    now = 0.0
    limit = RateLimit(60, "things", clock=lambda: now)
    for _ in range(60):
        limit.take("a")
    with pytest.raises(TooManyRequestsError, match="60 things a minute") as refused:
        limit.take("a")
    assert refused.value.retry_after_s == pytest.approx(1.0)
    limit.take("b")
    now = 1.0
    limit.take("a")
    with pytest.raises(TooManyRequestsError):
        limit.take("a")
    now = 1000.0
    for _ in range(60):
        limit.take("a")
    with pytest.raises(TooManyRequestsError):
        limit.take("a")


def test_settings_come_from_arguments_then_the_environment() -> None:
    environ = {"SAFELIGHT_PORT": "9000", "SAFELIGHT_MONGODB_URI": "mongodb://u:secret@h"}
    read = Settings.read({"host": "0.0.0.0", "port": None}, environ)
    assert (read.host, read.port, read.url) == ("0.0.0.0", 9000, "http://0.0.0.0:9000")
    assert read.mongodb_uri == Secret("mongodb://u:secret@h")
    assert "secret" not in repr(read)


def test_every_setting_is_in_the_guide_with_its_default() -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/api-server.md").read_text(encoding="utf-8")
    for variable, meaning in describe().items():
        [row] = [line for line in guide.splitlines() if line.startswith("| `") and f"`{variable}`" in line]
        default = meaning.partition("(default: ")[2].removesuffix(")")
        assert default in row, variable


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PORT", "many"),
        ("PORT", "-1"),
        ("LOG_FORMAT", "xml"),
        ("BASE_URL", "ftp://host"),
        ("DATABASE_NAME", "fifty.one"),
        ("OWN_DATABASE", "fiftyone"),
        ("TLS_CERT", "cert.pem"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"SAFELIGHT_{variable}"):
        Settings.read(environ={f"SAFELIGHT_{variable}": text})
