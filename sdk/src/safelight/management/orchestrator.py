"""Orchestrators that run delegated operations."""

from safelight.management.later import coming

__all__ = ["delete_orchestrator", "get_orchestrator", "list_orchestrators", "register_orchestrator"]

delete_orchestrator = coming("delete_orchestrator")
get_orchestrator = coming("get_orchestrator")
list_orchestrators = coming("list_orchestrators")
register_orchestrator = coming("register_orchestrator")
