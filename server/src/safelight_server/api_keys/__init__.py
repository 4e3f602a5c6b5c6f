"""API keys: shown once, stored as digests, revoked at once."""
