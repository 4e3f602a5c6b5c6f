"""CORS rules in azure-storage-blob's form; they are the account's, not the container's."""

from __future__ import annotations

from azure.storage.blob import CorsRule as AzureRule

from safelight.storage.base import CorsRule


def from_api(rule: AzureRule) -> CorsRule:
    """Read one rule."""
    return CorsRule(
        _split(rule.allowed_origins),
        _split(rule.allowed_methods),
        _split(rule.exposed_headers),
        rule.max_age_in_seconds or 0,
    )


def to_api(rule: CorsRule) -> AzureRule:
    """Write one rule."""
    return AzureRule(
        list(rule.origins),
        list(rule.methods),
        allowed_headers=["*"],
        exposed_headers=list(rule.headers),
        max_age_in_seconds=rule.max_age_seconds,
    )


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
