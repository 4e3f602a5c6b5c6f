"""Azure's connection strings: `Name=value;Name=value`, as the portal shows them.

The names are those of "Configure Azure Storage connection strings" in Azure's documentation.
"""

from __future__ import annotations

from typing import Final

from safelight.errors import ConfigError
from safelight.storage.azure.options import AzureAccount
from safelight.storage.credentials import Secret

_EMULATOR: Final = "UseDevelopmentStorage"
_KNOWN: Final = frozenset(
    {
        "AccountKey",
        "AccountName",
        "BlobEndpoint",
        "DefaultEndpointsProtocol",
        "EndpointSuffix",
        "SharedAccessSignature",
    }
)


def parse_connection_string(text: str, source: str) -> AzureAccount:
    """Read a connection string.

    Args:
        text: it
        source: where it comes from, for people

    Raises:
        ConfigError: it names no account; what it says is not shown, because it holds the key
    """
    values = _values(text, source)
    name = values.get("AccountName", "")
    endpoint = values.get("BlobEndpoint") or _default_endpoint(values, name)
    key, signature = values.get("AccountKey"), values.get("SharedAccessSignature")
    if not endpoint or not (key or signature) or (key and not name):
        raise ConfigError(
            f"{source}: the connection string needs AccountName and AccountKey, "
            "or BlobEndpoint and SharedAccessSignature"
        )
    return AzureAccount(
        endpoint=endpoint.rstrip("/"),
        name=name,
        account_key=Secret(key) if key else None,
        sas_token=Secret(signature) if signature else None,
        source=source,
    )


def _values(text: str, source: str) -> dict[str, str]:
    parts = [part.partition("=") for part in text.strip().strip(";").split(";")]
    values = {name.strip(): value.strip() for name, _, value in parts}
    if _EMULATOR in values:
        raise ConfigError(
            f"{source}: {_EMULATOR} is not supported: write the emulator's AccountName, AccountKey and "
            "BlobEndpoint"
        )
    if not any(name in _KNOWN for name in values):
        raise ConfigError(f"{source}: not a connection string: expected AccountName=...;AccountKey=...")
    return values


def _default_endpoint(values: dict[str, str], name: str) -> str:
    protocol = values.get("DefaultEndpointsProtocol", "https")
    return f"{protocol}://{name}.blob.{values.get('EndpointSuffix', 'core.windows.net')}" if name else ""
