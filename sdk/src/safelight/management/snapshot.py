"""Snapshots of datasets."""

from safelight.management.later import coming

__all__ = [
    "archive_snapshot",
    "calculate_dataset_latest_changes_summary",
    "create_snapshot",
    "delete_snapshot",
    "get_dataset_latest_changes_summary",
    "get_snapshot_info",
    "list_snapshots",
    "revert_dataset_to_snapshot",
    "unarchive_snapshot",
]

archive_snapshot = coming("archive_snapshot")
calculate_dataset_latest_changes_summary = coming("calculate_dataset_latest_changes_summary")
create_snapshot = coming("create_snapshot")
delete_snapshot = coming("delete_snapshot")
get_dataset_latest_changes_summary = coming("get_dataset_latest_changes_summary")
get_snapshot_info = coming("get_snapshot_info")
list_snapshots = coming("list_snapshots")
revert_dataset_to_snapshot = coming("revert_dataset_to_snapshot")
unarchive_snapshot = coming("unarchive_snapshot")
