"""Web servers: reading only."""
