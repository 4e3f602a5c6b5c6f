"""Microsoft Entra ID, as far as Azure's credentials ask it for tokens.

A double, because there is no server of it to run. It follows "OAuth 2.0 client credentials flow on the
Microsoft identity platform" and "Managed identities for App Service: REST endpoint reference"; Azure's own
client library asks it. Azurite takes its tokens: it looks at the claims, not at the signature.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from support.azurite import Certificate

TENANT: Final = "7ab5b9c6-c1a5-4a4f-8d7b-3a2f5f0c9e11"
CLIENT: Final = "2f6a4c1e-9d21-4f0c-8a35-6c7d1e2b3f40"
CLIENT_SECRET: Final = "a-principal's-s3cret%"
IDENTITY_HEADER: Final = "the-app-service's-header"


@dataclass
class Entra:
    """What a test knows of it.

    Attributes:
        url: the authority host
        lifetime: seconds that its tokens are good for
        asked: path of every request for a token
    """

    url: str = ""
    lifetime: int = 3600
    asked: list[str] = field(default_factory=list)

    @property
    def managed_identity(self) -> dict[str, str]:
        """The variables that App Service sets."""
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": IDENTITY_HEADER}

    @property
    def principal(self) -> dict[str, str]:
        """The variables of a service principal."""
        return {
            "AZURE_AUTHORITY_HOST": self.url,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": CLIENT_SECRET,
        }

    def token(self) -> str:
        """A token for Azure Storage."""
        now = int(time.time())
        claims = {
            "aud": "https://storage.azure.com",
            "iss": f"https://sts.windows.net/{TENANT}/",
            "iat": now - 5,
            "nbf": now - 5,
            "exp": now + self.lifetime,
            "oid": CLIENT,
            "tid": TENANT,
            "ver": "1.0",
        }
        parts = [{"alg": "RS256", "typ": "JWT"}, claims]
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*encoded, "c2lnbmF0dXJl"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    entra: Entra

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust the certificate hangs up: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        entra = self.server.entra
        path = urlsplit(self.path).path
        if path.endswith("/.well-known/openid-configuration"):
            root = f"{entra.url}/{TENANT}"
            self._answer(
                200,
                {
                    "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{root}/oauth2/v2.0/token",
                    "issuer": f"{root}/v2.0",
                },
            )
        elif path == "/msi/token" and self.headers.get("X-IDENTITY-HEADER") == IDENTITY_HEADER:
            entra.asked.append(path)
            expires = str(int(time.time()) + entra.lifetime)
            token = {"access_token": entra.token(), "expires_on": expires, "token_type": "Bearer"}
            self._answer(200, token | {"resource": parse_qs(urlsplit(self.path).query)["resource"][0]})
        else:
            self._answer(401, {"error": "invalid_request"})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        entra = self.server.entra
        entra.asked.append(self.path)
        if form["client_id"] != [CLIENT] or form["client_secret"] != [CLIENT_SECRET]:
            message = "AADSTS7000215: Invalid client secret provided."
            self._answer(401, {"error": "invalid_client", "error_description": message})
        else:
            token = {"access_token": entra.token(), "expires_in": entra.lifetime, "token_type": "Bearer"}
            self._answer(200, token)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silence."""


@contextmanager
def entra_server(certificate: Certificate) -> Iterator[Entra]:
    """Run it for the time of a `with` block."""
    entra = Entra()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.entra = entra
        entra.url = f"https://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield entra
        finally:
            server.shutdown()
            thread.join()
