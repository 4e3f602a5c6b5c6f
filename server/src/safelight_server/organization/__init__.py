"""Settings of the whole organization."""
