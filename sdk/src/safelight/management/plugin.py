"""Plugins of the whole team."""

from safelight.management.later import coming

__all__ = [
    "delete_plugin",
    "download_plugin",
    "get_plugin_info",
    "list_plugins",
    "set_plugin_enabled",
    "set_plugin_operator_enabled",
    "set_plugin_operator_permissions",
    "upload_plugin",
]

delete_plugin = coming("delete_plugin")
download_plugin = coming("download_plugin")
get_plugin_info = coming("get_plugin_info")
list_plugins = coming("list_plugins")
set_plugin_enabled = coming("set_plugin_enabled")
set_plugin_operator_enabled = coming("set_plugin_operator_enabled")
set_plugin_operator_permissions = coming("set_plugin_operator_permissions")
upload_plugin = coming("upload_plugin")
