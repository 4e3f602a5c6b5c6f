"""CORS rules in the form of the S3 API ("CORSRule")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safelight.storage.base import CorsRule


def from_api(rule: Mapping[str, Any]) -> CorsRule:
    """Read one rule."""
    return CorsRule(
        tuple(rule.get("AllowedOrigins", ())),
        tuple(rule.get("AllowedMethods", ())),
        tuple(rule.get("ExposeHeaders", ())),
        int(rule.get("MaxAgeSeconds", 0)),
    )


def to_api(rule: CorsRule) -> dict[str, Any]:
    """Write one rule. S3 has no `*` for headers that scripts may see: those that media need are named."""
    exposed = list(rule.headers)
    if "*" in exposed:
        exposed = ["Accept-Ranges", "Content-Length", "Content-Range", "Content-Type", "ETag"]
    return {
        "AllowedOrigins": list(rule.origins),
        "AllowedMethods": list(rule.methods),
        "AllowedHeaders": ["*"],
        "ExposeHeaders": exposed,
        "MaxAgeSeconds": rule.max_age_seconds,
    }
