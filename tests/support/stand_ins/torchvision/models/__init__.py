"""Models: none."""
