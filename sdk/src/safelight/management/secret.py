"""Secrets that plugins use."""

from safelight.management.later import coming

__all__ = ["add_secret", "delete_secret", "get_secret_info", "list_secrets", "update_secret"]

add_secret = coming("add_secret")
delete_secret = coming("delete_secret")
get_secret_info = coming("get_secret_info")
list_secrets = coming("list_secrets")
update_secret = coming("update_secret")
