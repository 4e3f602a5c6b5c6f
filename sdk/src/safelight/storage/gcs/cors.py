"""CORS rules in the form of Google Cloud Storage's buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safelight.storage.base import CorsRule


def from_api(rule: Mapping[str, Any]) -> CorsRule:
    """Read one rule."""
    return CorsRule(
        tuple(rule.get("origin", ())),
        tuple(rule.get("method", ())),
        tuple(rule.get("responseHeader", ())),
        int(rule.get("maxAgeSeconds", 0)),
    )


def to_api(rule: CorsRule) -> dict[str, Any]:
    """Write one rule."""
    return {
        "origin": list(rule.origins),
        "method": list(rule.methods),
        "responseHeader": list(rule.headers),
        "maxAgeSeconds": rule.max_age_seconds,
    }
