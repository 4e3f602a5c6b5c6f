"""Requests to web servers: pooled connections, finite times, redirects, proxies of the environment."""

from __future__ import annotations

import ssl
import threading
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager
from urllib3.util import Retry, Timeout, make_headers

from safelight.storage.http.errors import translating
from safelight.storage.http.quiet_urls import quiet_urls
from safelight.storage.options import StorageOptions
from safelight.storage.uri import ObjectURI

_FOLLOWING = Retry(total=None, connect=0, read=0, redirect=5, status=0, other=0)
_ONCE = Retry(0, redirect=False)


class HTTPClient:
    """Sends requests; its calls block.

    Args:
        options: the options of storage
        ca_bundle: PEM file of the certificate authorities to trust; None for the system's
    """

    def __init__(self, options: StorageOptions, ca_bundle: str | None = None) -> None:
        quiet_urls()
        retry = options.retry
        self._timeout = Timeout(connect=retry.connect_timeout, read=retry.read_timeout)
        self._ca_bundle = ca_bundle
        self._connections = options.connections
        self._lock = threading.Lock()
        self._by_proxy: dict[str, PoolManager] = {}
        self._by_server: dict[tuple[str, str], PoolManager] = {}

    def request(self, method: str, uri: ObjectURI, headers: dict[str, str] | None = None) -> BaseHTTPResponse:
        """Send a request and return the answer, whatever its status, its body still to be read.

        Raises:
            StoreUnavailableError: no answer
            EndpointError: an endless chain of redirects, or a certificate that is not trusted
            InvalidURIError: not a web address
        """
        url, secret = _without_user(uri)
        sent = secret | {"User-Agent": "safelight"} | (headers or {})
        return self._send(method, url, sent, uri, _FOLLOWING)

    def send(self, method: str, url: str, headers: dict[str, str], uri: ObjectURI) -> BaseHTTPResponse:
        """Send a request about `uri` to `url`, which stays unmentioned, and follow no redirect.

        Raises:
            As `request`
        """
        return self._send(method, url, headers, uri, _ONCE)

    def _send(
        self, method: str, url: str, headers: dict[str, str], uri: ObjectURI, retries: Retry
    ) -> BaseHTTPResponse:
        with translating(uri):
            return self._pool(url).urlopen(
                method,
                url,
                redirect=retries is _FOLLOWING,
                headers={"Accept-Encoding": "identity"} | headers,
                retries=retries,
                preload_content=False,
                timeout=self._timeout,
            )

    def close(self) -> None:
        """Close idle connections."""
        for pool in self._by_proxy.values():
            pool.clear()

    def _pool(self, url: str) -> PoolManager:
        parts = urlsplit(url)
        server = parts.scheme.lower(), parts.netloc
        pool = self._by_server.get(server)
        if pool is None:
            # Asked once per server: reading the environment takes a fifth of a small request's time.
            proxy = getproxies().get(server[0], "")
            if proxy and proxy_bypass(parts.hostname or ""):
                proxy = ""
            with self._lock:
                pool = self._by_proxy.get(proxy) or self._by_proxy.setdefault(proxy, self._make_pool(proxy))
                self._by_server[server] = pool
        return pool

    def _make_pool(self, proxy: str) -> PoolManager:
        context = ssl.create_default_context(cafile=self._ca_bundle)
        if proxy:
            return ProxyManager(proxy, maxsize=self._connections, ssl_context=context)
        return PoolManager(maxsize=self._connections, ssl_context=context)


def _without_user(uri: ObjectURI) -> tuple[str, dict[str, str]]:
    """The URL to send, and the Authorization header for the user and password in it (RFC 3986, 3.2.1)."""
    scheme, _, netloc = uri.bucket.partition("://")
    user, at, host = netloc.rpartition("@")
    url = f"{scheme}://{host}/{uri.key}{uri.query}"
    return url, make_headers(basic_auth=unquote(user)) if at else {}
