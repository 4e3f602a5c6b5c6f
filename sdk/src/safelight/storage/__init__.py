"""Object storage: one address type, one protocol, one module per provider."""
