"""Accounts of programs: they hold API keys and have a role, and nobody signs in with them."""
