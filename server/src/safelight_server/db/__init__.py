"""MongoDB as the server uses it: its own database, and the two accounts that run clients' commands."""
