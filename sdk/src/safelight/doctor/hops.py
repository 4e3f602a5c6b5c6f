"""What lies between two machines: the name, the connection, TLS, and whether their clocks agree."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from safelight.doctor.report import Outcome, Report

SECONDS: Final = 5.0
"""How long one hop may take."""

LARGEST_SKEW: Final = 300.0
"""Seconds by which clocks may differ: signatures of most stores are refused beyond 15 minutes, of some 5."""

_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Target:
    """A server: scheme, host and port of a URL."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Target | None:
        """The server that a URL names; None where it names none."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            return None
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])


def check_server(report: Report, url: str, ca_bundle: str | None = None) -> bool:
    """Follow the way to a server, or to the proxy before it, and enter each hop.

    Args:
        report: gets the findings
        url: any URL of the server
        ca_bundle: file of certificate authorities to trust beside the system's

    Returns:
        whether the server was reached
    """
    target = Target.of(url)
    if target is None:
        report.add("server", Outcome.LEFT_OUT, "not reached over HTTP")
        return True
    proxy = getproxies().get(target.scheme)
    if proxy and not proxy_bypass(target.host):
        first = Target.of(proxy) or target
        report.add("proxy", Outcome.OK, f"requests go through {first.host}:{first.port}")
        return _resolve(report, first) and _connect(report, first)
    return (
        _resolve(report, target)
        and _connect(report, target)
        and (target.scheme == "http" or _handshake(report, target, ca_bundle))
        and _compare_clocks(report, target, ca_bundle)
    )


def _resolve(report: Report, target: Target) -> bool:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        report.add(
            "DNS",
            Outcome.FAILED,
            f"{target.host} has no address: {error.strerror or error}",
            "check the endpoint's spelling, and this machine's name servers or VPN",
        )
        return False
    addresses = sorted({str(entry[4][0]) for entry in found})
    report.add("DNS", Outcome.OK, f"{target.host} is {', '.join(addresses[:3])}")
    return True


def _connect(report: Report, target: Target) -> bool:
    began = time.monotonic()
    try:
        socket.create_connection((target.host, target.port), SECONDS).close()
    except OSError as error:
        report.add(
            "TCP",
            Outcome.FAILED,
            f"cannot connect to {target.host}:{target.port}: {error.strerror or error or 'no answer'}",
            "check host and port, that the server runs, and firewalls and proxies between (HTTPS_PROXY)",
        )
        return False
    elapsed = (time.monotonic() - began) * 1000
    report.add("TCP", Outcome.OK, f"{target.host}:{target.port} in {elapsed:.0f} ms")
    return True


def _handshake(report: Report, target: Target, ca_bundle: str | None) -> bool:
    try:
        with (
            socket.create_connection((target.host, target.port), SECONDS) as plain,
            _context(ca_bundle).wrap_socket(plain, server_hostname=target.host) as secured,
        ):
            version = secured.version()
    except ssl.SSLCertVerificationError as error:
        report.add(
            "TLS",
            Outcome.FAILED,
            f"the certificate of {target.host} is not trusted: {error.verify_message}",
            "add its certificate authority: AWS_CA_BUNDLE for S3, else SSL_CERT_FILE and REQUESTS_CA_BUNDLE",
        )
        return False
    except OSError as error:
        report.add(
            "TLS",
            Outcome.FAILED,
            f"no TLS at {target.host}:{target.port}: {error}",
            "an endpoint without TLS begins with http://",
        )
        return False
    report.add("TLS", Outcome.OK, f"{version}, certificate trusted")
    return True


def _compare_clocks(report: Report, target: Target, ca_bundle: str | None) -> bool:
    """Read the Date of any answer (RFC 9110, 6.6.1)."""
    connection = (
        HTTPSConnection(target.host, target.port, timeout=SECONDS, context=_context(ca_bundle))
        if target.scheme == "https"
        else HTTPConnection(target.host, target.port, timeout=SECONDS)
    )
    try:
        connection.request("HEAD", "/")
        date = connection.getresponse().headers.get("Date")
    except (OSError, HTTPException) as error:
        report.add(
            "HTTP",
            Outcome.FAILED,
            f"no HTTP answer: {error or type(error).__name__}",
            "something else listens there, or https:// and http:// are mixed up in the endpoint",
        )
        return False
    finally:
        connection.close()
    if date is None:
        return True
    skew = time.time() - parsedate_to_datetime(date).timestamp()
    if abs(skew) > LARGEST_SKEW:
        report.add(
            "clock",
            Outcome.FAILED,
            f"this machine's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server's",
            "set the clock (NTP): signatures with a wrong time are refused",
        )
        return False
    report.add("clock", Outcome.OK, f"{abs(skew):.0f} s from the server's")
    return True


def _context(ca_bundle: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
    return context
