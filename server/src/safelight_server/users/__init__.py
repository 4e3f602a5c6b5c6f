"""People, and their roles."""
