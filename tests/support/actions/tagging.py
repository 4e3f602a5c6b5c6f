"""What "Can tag" is enough for."""

from __future__ import annotations

from datetime import datetime, timezone

import fiftyone as fo
import fiftyone.core.odm as foo
from fiftyone import ViewField as F
from pymongo import UpdateOne

from support.actions.registry import action


@action("TAG")
def tag_samples(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.tag_samples("second")
    dataset.match_tags("train").tag_samples(["third", "fourth"])
    dataset.untag_samples(["second", "third"])
    assert dataset.count_sample_tags() == {"train": 6, "fourth": 6}
    return dataset


@action("TAG")
def tag_labels(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.filter_labels("ground_truth", F("label") == "cat").tag_labels("ours", label_fields="ground_truth")
    dataset.tag_labels("sky", label_fields="weather")
    dataset.untag_labels("first", label_fields=["ground_truth"])
    tags = dataset.count_label_tags(label_fields=["ground_truth", "weather"])
    assert tags == {"ours": 6, "sky": 6}, tags
    return dataset


@action("TAG")
def tag_one_sample(name: str) -> object:
    sample = fo.load_dataset(name).first()
    sample.tags.append("one")
    sample.ground_truth.detections[0].tags.append("one")
    sample.save()
    sample.tags.remove("train")
    sample.save()
    assert fo.load_dataset(name).count_sample_tags()["one"] == 1
    return sample


@action("TAG")
def tag_patches(name: str) -> object:
    view = fo.load_dataset(name).to_patches("ground_truth")
    view.tag_labels("patched")
    assert fo.load_dataset(name).count_label_tags(label_fields="ground_truth")["patched"] == 12
    return view


@action("TAG", kind="video")
def tag_frame_labels(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.tag_labels("moving", label_fields="frames.objects")
    dataset.tag_labels("event", label_fields="events")
    assert dataset.count_label_tags(label_fields="frames.objects")["moving"] == 12
    return dataset


@action("TAG", kind="groups")
def tag_group_slices(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.select_group_slices(["left", "right"]).tag_samples("both")
    return dataset


@action("TAG")
def temporal_tags(name: str) -> object:
    """As upstream's own functions do, which need a library of multimodal media that they do not install."""
    dataset = fo.load_dataset(name)
    dataset_id, sample_id = dataset._doc.id, dataset.first()._id
    key = {
        "_dataset_id": dataset_id,
        "_sample_id": sample_id,
        "kind": "temporal",
        "index_type": 2,
        "anchor": None,
        "start": 0,
        "end": 10,
        "tag": "braking",
    }
    now = datetime.now(timezone.utc)
    tags = foo.get_db_conn().tags
    tags.create_index([("_dataset_id", 1), ("kind", 1)], name="temporal_tag_counts")
    changes = {"$setOnInsert": {**key, "created_at": now}, "$set": {"last_modified_at": now}}
    tags.bulk_write([UpdateOne(key, changes, upsert=True)], ordered=False)
    dataset._sample_collection.update_many({"_id": {"$in": [sample_id]}}, {"$set": {"last_modified_at": now}})
    scope = {"_dataset_id": dataset_id, "kind": "temporal"}
    renamed = tags.find_one_and_update(scope, {"$set": {"tag": "turning"}}, return_document=True)
    assert renamed["tag"] == "turning"
    foo.get_db_conn().datasets.update_one({"_id": dataset_id}, {"$set": {"last_modified_at": now}})
    assert tags.delete_many(scope).deleted_count == 1
    return tags
