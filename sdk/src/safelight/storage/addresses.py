"""How text becomes an address: every form in which users write one, and the one object that it means.

    s3://bucket/key[?versionId=ID]           Amazon S3 and what S3_ENDPOINT_URL names; other ? are the key's
    gs://bucket/key                          Google Cloud Storage; gcs:// is the same
    https://ACCOUNT.blob.core.windows.net/container/key                 Azure
    abfs[s]://container@ACCOUNT.dfs.core.windows.net/key                Azure; wasb[s]:// and blob. likewise
    az://container/key                       Azure's configured account; also azure://, azure-dl://, abfs://
    ENDPOINT/bucket/key, minio://bucket/key  MinIO at its configured endpoint
    ALIAS://bucket/key                       what the configured alias stands for
    oci://bucket[@namespace]/key             Oracle Cloud Storage
    dbfs:/Volumes/CATALOG/SCHEMA/VOLUME/key  Databricks Unity Catalog volumes
    dbfs:/key                                Databricks File System
    alipan:///key                            Alipan
    http[s]://host[:port]/key[?query]        the query is the server's business: kept, never shown
    SCHEME://bucket/key                      anything else with a scheme: fsspec's
    anything without a scheme                a local path

URLs of Azure and MinIO are URLs: their keys are percent-decoded, and an address with a query (a signature,
most often) is left to the web server. Every other form carries its key byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from safelight.errors import InvalidURIError
from safelight.storage.uri import ObjectURI, is_remote, public_text

_BUCKET: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
_VERSION: Final = re.compile(r"\?versionId=[^?&#/\s]+\Z")
_HTTP: Final = re.compile(
    r"(?P<scheme>https?)://(?P<netloc>[^/?#\s]+)(?=[/?#]|\Z)/?(?P<key>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.DOTALL | re.IGNORECASE,
)
#: Hosts of Azure Storage, with the national clouds ("Storage account endpoints" in Azure's documentation).
_AZURE_HOST: Final = re.compile(
    r"(?P<account>[a-z0-9-]+)\.(?:blob|dfs)\.(?P<domain>core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net))"
)
_AZURE_DEFAULT: Final = frozenset({"az", "azure", "azure-dl", "abfs", "abfss", "wasb", "wasbs"})


@dataclass(frozen=True, slots=True)
class Place:
    """What an alias or the beginning of a URL stands for.

    Attributes:
        provider: a name of `registry.PROVIDERS`
        endpoint: the server or account, as in `ObjectURI.endpoint`
    """

    provider: str
    endpoint: str


_NO_PLACES: Final[Mapping[str, Place]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Addresses:
    """Parses addresses under one configuration. Pure.

    Attributes:
        aliases: by scheme, in lower case: what `ALIAS://` stands for
        endpoints: by URL prefix without a trailing slash: whose buckets are below it
        oci_namespace: what `oci://bucket/key` leaves out; where it is empty, the two forms are two addresses
    """

    aliases: Mapping[str, Place] = field(default_factory=lambda: _NO_PLACES)
    endpoints: Mapping[str, Place] = field(default_factory=lambda: _NO_PLACES)
    oci_namespace: str = ""

    def parse(self, text: str) -> ObjectURI:
        """Read an address.

        Raises:
            InvalidURIError: no store can mean this
        """
        if not text:
            raise InvalidURIError("an empty string is no address")
        if not is_remote(text):
            return ObjectURI("local", "", text, text=text)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidURIError(f"not valid unicode: {text!a}") from None
        scheme = text.partition(":")[0].lower()
        if scheme in self.aliases:
            return _parse_in(self.aliases[scheme], text)
        if scheme in {"http", "https"}:
            return self._parse_http(text)
        if scheme in _AZURE_DEFAULT:
            return self._parse_azure(scheme, text)
        return self._parse_other(scheme, text)

    def _parse_other(self, scheme: str, text: str) -> ObjectURI:
        if scheme == "oci":
            return _parse_oci(text, self.oci_namespace)
        return _PARSERS.get(scheme, _parse_fsspec)(text)

    def _parse_http(self, text: str) -> ObjectURI:
        match = _HTTP.fullmatch(text)
        if match is None or not re.sub(r":\d*\Z", "", match["netloc"].rpartition("@")[2]):
            raise InvalidURIError(f"no host name in {public_text(text)!r}: expected https://host/path")
        if not match["query"] and (found := self._place_of(text, match["netloc"])):
            place, rest = found
            bucket, slash, _ = re.split(r"#", rest, maxsplit=1)[0].partition("/")
            if bucket:
                root = text[: len(text) - len(rest) + len(bucket)]
                key = unquote(text[len(root) + len(slash) :].partition("#")[0])
                return ObjectURI(place.provider, unquote(bucket), key, "", place.endpoint, root, text)
        bucket = f"{match['scheme'].lower()}://{match['netloc']}"
        return ObjectURI("http", bucket, match["key"], match["query"] or "", text=text)

    def _place_of(self, url: str, netloc: str) -> tuple[Place, str] | None:
        """The store below whose endpoint a URL lies, and the rest of the URL."""
        for prefix, place in self.endpoints.items():
            if url[: len(prefix)].lower() == prefix.lower() and url[len(prefix) :].startswith("/"):
                return place, url[len(prefix) + 1 :]
        if _AZURE_HOST.fullmatch(netloc.lower()):
            return self._azure_account(netloc), url.partition("://")[2][len(netloc) + 1 :]
        return None

    def _parse_azure(self, scheme: str, text: str) -> ObjectURI:
        authority = text.partition("://")[2].partition("/")[0]
        container, at, host = authority.partition("@")
        if not at:
            if "az" not in self.aliases:
                raise InvalidURIError(
                    f"{scheme}:// means the configured Azure account, and none is configured: {text}; set "
                    "AZURE_STORAGE_ACCOUNT, or write https://ACCOUNT.blob.core.windows.net/container/key"
                )
            return _parse_in(self.aliases["az"], text)
        if not container or not _AZURE_HOST.fullmatch(host.lower()):
            raise InvalidURIError(f"{text!r}: expected {scheme}://container@ACCOUNT.dfs.core.windows.net/key")
        root, key = _split(text)
        return ObjectURI("azure", container, key, "", self._azure_account(host).endpoint, root, text)

    def _azure_account(self, host: str) -> Place:
        """The account whose host this is; its endpoint may be a custom domain."""
        endpoint = re.sub(r"\.dfs\.", ".blob.", f"https://{host.lower()}", count=1)
        return self.endpoints.get(endpoint, Place("azure", endpoint))


def azure_endpoint_of(account: str) -> str:
    """The endpoint that an Azure account has by default."""
    return f"https://{account}.blob.core.windows.net"


def azure_account_of(endpoint: str) -> str:
    """The name of the account whose endpoint this is; empty for a custom domain."""
    match = _AZURE_HOST.fullmatch(endpoint.partition("://")[2].lower())
    return match["account"] if match else ""


def addresses_of(
    places: Iterable[tuple[Place, Iterable[str], Iterable[str]]], *, oci_namespace: str = ""
) -> Addresses:
    """Put the address book together.

    Args:
        places: the configured accounts, each with its aliases and its other URLs; an account's endpoint is
            also the beginning of the URLs that mean it
        oci_namespace: as in `Addresses`

    Raises:
        InvalidURIError: an alias is no scheme, or has a meaning of its own
    """
    aliases: dict[str, Place] = {}
    endpoints: dict[str, Place] = {}
    for place, names, urls in places:
        aliases |= {_alias(name): place for name in names}
        endpoints |= {url.rstrip("/"): place for url in (place.endpoint, *urls)}
    return Addresses(aliases, endpoints, oci_namespace)


def _alias(text: str) -> str:
    alias = text.strip().removesuffix("://").lower()
    if not is_remote(f"{alias}://b/k") or (alias in _TAKEN and alias != "minio"):
        raise InvalidURIError(
            f"{text!r} cannot be an alias: expected a word such as 'az' that means no other store"
        )
    return alias


def _split(text: str) -> tuple[str, str]:
    """`SCHEME://authority` and the key."""
    scheme, mark, rest = text.partition("://")
    authority, _, key = rest.partition("/")
    return scheme + mark + authority, key


def _bucket_of(root: str, text: str) -> str:
    scheme, _, bucket = root.partition("://")
    if not _BUCKET.fullmatch(bucket):
        raise InvalidURIError(
            f"no bucket name in {public_text(text)!r}: expected {scheme.lower()}://bucket/key"
        )
    return bucket


def _parse_in(place: Place, text: str) -> ObjectURI:
    root, key = _split(text)
    key, query = _version(key) if place.provider == "minio" else (key, "")
    return ObjectURI(place.provider, _bucket_of(root, text), key, query, place.endpoint, root, text)


def _parse_s3(text: str) -> ObjectURI:
    root, key = _split(text)
    key, query = _version(key)
    return ObjectURI("s3", _bucket_of(root, text), key, query, "", root, text)


def _parse_gcs(text: str) -> ObjectURI:
    root, key = _split(text)
    return ObjectURI("gcs", _bucket_of(root, text), key, "", "", root, text)


def _parse_minio(text: str) -> ObjectURI:
    raise InvalidURIError(
        f"minio:// means the configured MinIO server, and none is configured: {text}; set MINIO_ENDPOINT_URL"
    )


def _parse_oci(text: str, default_namespace: str) -> ObjectURI:
    root, key = _split(text)
    bucket, at, namespace = root.partition("://")[2].partition("@")
    if not _BUCKET.fullmatch(bucket) or (at and not _BUCKET.fullmatch(namespace)):
        raise InvalidURIError(f"no bucket name in {text!r}: expected oci://bucket@namespace/key")
    namespace = namespace or default_namespace
    place = f"{bucket}@{namespace}" if namespace else bucket
    return ObjectURI("oci", place, key, "", "", root, text)


def _parse_databricks(text: str) -> ObjectURI:
    root, rest = text[: len("dbfs:")], text[len("dbfs:") :]
    if rest.startswith("//"):
        if not rest.startswith("///"):
            raise InvalidURIError(
                f"{text!r} names a host: expected dbfs:/path or dbfs:/Volumes/CATALOG/SCHEMA/VOLUME/path"
            )
        root, rest = text[: len("dbfs://")], rest[2:]
    return ObjectURI("databricks", "", rest[1:], "", "", root, text)


def _parse_alipan(text: str) -> ObjectURI:
    root, key = _split(text)
    if root.partition("://")[2]:
        raise InvalidURIError(f"{text!r} names a host: expected alipan:///path")
    return ObjectURI("alipan", "", key, "", "", root, text)


def _parse_fsspec(text: str) -> ObjectURI:
    root, key = _split(text)
    scheme, _, bucket = root.partition("://")
    return ObjectURI("fsspec", bucket, key, "", scheme.lower(), root, text)


def _version(key: str) -> tuple[str, str]:
    version = _VERSION.search(key)
    return (key[: version.start()], version.group()) if version and version.start() > 0 else (key, "")


_PARSERS: Final[Mapping[str, Callable[[str], ObjectURI]]] = {
    "s3": _parse_s3,
    "gs": _parse_gcs,
    "gcs": _parse_gcs,
    "minio": _parse_minio,
    "dbfs": _parse_databricks,
    "alipan": _parse_alipan,
}

_TAKEN: Final = frozenset({"http", "https", "oci", *_PARSERS})
