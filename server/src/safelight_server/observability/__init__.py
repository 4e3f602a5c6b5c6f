"""How operators see what a server does: health, metrics, logs."""
