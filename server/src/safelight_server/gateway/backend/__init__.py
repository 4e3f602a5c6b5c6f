"""Connections to MongoDB that carry messages as they are: one command at a time, to the primary."""
