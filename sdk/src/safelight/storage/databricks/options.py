"""What a caller may choose about Databricks: plain values, filled by `safelight.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from safelight.storage.credentials import Secret

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabricksOptions:
    """One workspace. What is None is found by Databricks' SDK (its "unified authentication").

    Attributes:
        host: of the workspace; goes before `DATABRICKS_HOST`
        token: personal access token; goes before `DATABRICKS_TOKEN`
        client_kwargs: `extra_client_kwargs["databricks"]`: arguments for `databricks.sdk.core.Config`
        source: where explicit values come from, for people
    """

    host: str | None = None
    token: Secret | None = None
    client_kwargs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False)
    source: str = "explicit options"
