"""What "Can tag" is enough for."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.core.tags as fota
from fiftyone import ViewField as F

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


@action("TAG", kind="images")
def temporal_tags(name: str) -> object:
    dataset = fo.load_dataset(name)
    sample = dataset.first()
    tags = dataset.temporal_tags
    (first,) = tags.add(fota.TemporalTag(sample.id, 0, 10, "braking"))
    tags.update(first.id if isinstance(first, fota.TemporalTag) else first, tag="turning")
    assert [tag.tag for tag in tags.values()] == ["turning"]
    tags.clear()
    return tags
