"""What needs "Can manage"."""

from __future__ import annotations

import fiftyone as fo

from support.actions.registry import action


@action("MANAGE")
def delete(name: str) -> object:
    fo.delete_dataset(name)
    assert not fo.dataset_exists(name)
    return name


@action("MANAGE", kind="video")
def delete_video(name: str) -> object:
    return fo.load_dataset(name).delete()


@action("MANAGE")
def change_persistence(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.persistent = False
    dataset.persistent = True
    return dataset
