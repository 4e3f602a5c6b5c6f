"""What needs "Can edit"."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.core.odm as foo
import numpy as np
from fiftyone import ViewField as F

from support.actions.registry import action


@action("EDIT")
def add_samples(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.add_sample(fo.Sample(filepath="/nowhere/new.png", weather=fo.Classification(label="fog")))
    new = [fo.Sample(filepath=f"/nowhere/new-{index}.png") for index in range(3)]
    dataset.add_samples(new, progress=False)
    dataset.add_collection(dataset[:2], new_ids=True)
    assert len(dataset) == 12
    return dataset


@action("EDIT")
def change_samples(name: str) -> object:
    dataset = fo.load_dataset(name)
    sample = dataset.first()
    sample["weather"] = fo.Classification(label="fog")
    sample.ground_truth.detections[0].label = "lion"
    sample.ground_truth.detections.append(fo.Detection(label="bird", bounding_box=[0, 0, 0.5, 0.5]))
    sample.save()
    for each in dataset.iter_samples(autosave=True):
        each["uniqueness"] = 0.5
    assert dataset.count_values("ground_truth.detections.label")["lion"] == 1
    return dataset


@action("EDIT")
def set_values(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.set_values("uniqueness", [float(index) for index in range(6)])
    dataset.set_values("predictions.detections.confidence", [[0.1, 0.2]] * 6)
    labels = dataset.values("ground_truth.detections.id", unwind=True)
    dataset.set_label_values("ground_truth.detections.label", dict.fromkeys(labels, "thing"))
    dataset.set_values("score", dict.fromkeys(dataset.values("id"), 1.0), key_field="id")
    assert dataset.distinct("ground_truth.detections.label") == ["thing"]
    return dataset


@action("EDIT")
def save_views_content(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.set_field("uniqueness", F("uniqueness") + 1).save("uniqueness")
    dataset.filter_labels("ground_truth", F("label") == "cat").save()
    dataset[:4].keep()
    assert len(dataset) == 4
    return dataset


@action("EDIT")
def delete_content(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.delete_samples(dataset.first())
    dogs = dataset.filter_labels("predictions", F("label") == "dog")
    dataset.delete_labels(view=dogs, fields="predictions")
    dataset.clear_sample_field("weather")
    dataset.clear()
    assert len(dataset) == 0
    return dataset


@action("EDIT")
def change_schema(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.add_sample_field("quality", fo.FloatField, description="how sharp")
    dataset.clone_sample_field("predictions", "predictions_copy")
    dataset.rename_sample_field("guess", "estimate")
    dataset.clone_sample_field("ground_truth.detections.label", "ground_truth.detections.kind")
    dataset.delete_sample_fields(["predictions_copy", "ground_truth.detections.kind"])
    dataset.add_dynamic_sample_fields()
    field = dataset.get_field("weather")
    field.description = "the sky"
    field.save()
    assert "estimate" in dataset.get_field_schema()
    return dataset


@action("EDIT")
def change_summary_fields(name: str) -> object:
    dataset = fo.load_dataset(name)
    field = dataset.create_summary_field("ground_truth.detections.label")
    dataset.update_summary_field(field)
    dataset.delete_summary_field(field)
    return dataset


@action("EDIT")
def change_indexes(name: str) -> object:
    dataset = fo.load_dataset(name)
    index = dataset.create_index("weather.label")
    dataset.create_index([("uniqueness", 1), ("filepath", -1)])
    dataset.create_index("filepath", unique=True)
    dataset.drop_index(index)
    return dataset.list_indexes()


@action("EDIT")
def change_settings(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.info["owner"] = "Ada"
    dataset.description = "what the darkroom saw"
    dataset.tags = ["curated"]
    dataset.classes["weather"] = ["rain", "sunny"]
    dataset.default_classes = ["cat", "dog"]
    dataset.default_mask_targets = {1: "cat"}
    dataset.app_config.sidebar_mode = "fast"
    dataset.app_config.color_scheme = fo.ColorScheme(color_pool=["#ff0000"])
    dataset.save()
    dataset.name = f"{name}-renamed"
    dataset.name = name
    return dataset


@action("EDIT")
def change_saved_views(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.save_view("cats", dataset.filter_labels("ground_truth", F("label") == "cat"), description="cats")
    dataset.update_saved_view_info("cats", {"name": "felines", "color": "#ff0000"})
    dataset.delete_saved_view("felines")
    dataset.save_view("pieces", dataset.to_patches("ground_truth"))
    assert len(dataset.load_saved_view("pieces")) == 12
    dataset.delete_saved_views()
    return dataset


@action("EDIT")
def change_workspaces(name: str) -> object:
    dataset = fo.load_dataset(name)
    space = fo.Space(children=[fo.Panel(type="Samples", pinned=True)])
    dataset.save_workspace("second", space, description="for curators")
    dataset.update_workspace_info("second", {"name": "third"})
    dataset.save_workspace("third", space, overwrite=True)
    dataset.delete_workspace("third")
    dataset.delete_workspaces()
    return dataset


@action("EDIT")
def merge(name: str) -> object:
    dataset = fo.load_dataset(name)
    snow = fo.Classification(label="snow")
    samples = [fo.Sample(filepath=path, weather=snow.copy()) for path in dataset.values("filepath")]
    dataset.merge_samples(samples, progress=False)
    dataset.merge_sample(fo.Sample(filepath="/nowhere/merged.png"))
    assert len(dataset) == 7
    return dataset


@action("EDIT")
def merge_collection(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.merge_samples(dataset[:3], key_field="id", insert_new=False)
    return dataset


@action("EDIT")
def merge_into_another(name: str) -> object:
    other = fo.Dataset()
    other.merge_samples(fo.load_dataset(name)[:2])
    other.delete()
    return other


@action("EDIT")
def edit_patches(name: str) -> object:
    view = fo.load_dataset(name).to_patches("ground_truth")
    view.set_values("ground_truth.label", ["thing"] * len(view))
    patch = view.first()
    patch.ground_truth["attribute"] = "new"
    patch.save()
    assert fo.load_dataset(name).distinct("ground_truth.detections.label") == ["thing"]
    return view


@action("EDIT", kind="video")
def edit_frames(name: str) -> object:
    dataset = fo.load_dataset(name)
    sample = dataset.first()
    sample.frames[4] = fo.Frame(objects=fo.Detections(detections=[]))
    sample.frames[1]["scene"] = fo.Classification(label="indoors")
    sample.save()
    dataset.set_values("frames.score", [[0.5] * len(each.frames) for each in dataset])
    dataset.clone_frame_field("objects", "objects_copy")
    dataset.rename_frame_field("objects_copy", "things")
    dataset.delete_frame_field("things")
    dataset.match_frames(F("frame_number") < 3).keep_frames()
    dataset.ensure_frames()
    return dataset


@action("EDIT", kind="video")
def edit_frames_view(name: str) -> object:
    view = fo.load_dataset(name).to_frames()
    view.set_values("mark", [1] * len(view))
    view.filter_labels("objects", F("label") == "cat").save()
    return view


@action("EDIT", kind="video")
def edit_clips(name: str) -> object:
    view = fo.load_dataset(name).to_clips("events")
    view.set_values("events.label", ["hop"] * len(view))
    clip = view.first()
    clip.frames.first()["note"] = "seen"
    clip.save()
    return view


@action("EDIT", kind="groups")
def edit_groups(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.default_group_slice = "right"
    dataset.rename_group_slice("left", "port")
    dataset.delete_groups(dataset.first())
    dataset.delete_group_slice("port")
    return dataset


@action("EDIT")
def label_schemas(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.set_label_schemas(dataset.generate_label_schemas(fields=["weather"], scan_samples=True))
    dataset.activate_label_schemas(["weather"])
    dataset.deactivate_label_schemas(["weather"])
    dataset.delete_label_schemas(["weather"])
    return dataset


@action("EDIT")
def numpy_values(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.set_values("embedding", [np.ones(4) * index for index in range(6)])
    return dataset.first().embedding


@action("EDIT")
def delegated_operations_written(name: str) -> object:
    from fiftyone.operators.delegated import DelegatedOperationService
    from fiftyone.operators.executor import ExecutionContext, ExecutionProgress

    dataset = fo.load_dataset(name)
    service = DelegatedOperationService()
    context = ExecutionContext(request_params={"dataset_name": name, "params": {}})
    operation = service.queue_operation(
        operator="@voxel51/operators/clone_sample_field", context=context, label="copy"
    )
    service.set_running(doc_id=operation.id)
    service.set_progress(doc_id=operation.id, progress=ExecutionProgress(progress=0.5, label="half"))
    service.set_failed(doc_id=operation.id)
    service.set_label(doc_id=operation.id, label="copy again")
    service.set_pinned(doc_id=operation.id)
    service.archive_operation(doc_id=operation.id)
    service.delete_operation(doc_id=operation.id)
    return dataset


@action("EDIT")
def execution_stores_written(name: str) -> object:
    from fiftyone.operators.store import ExecutionStoreService

    service = ExecutionStoreService(dataset_id=fo.load_dataset(name)._doc.id)
    service.create_store("panel")
    service.set_key("panel", "zoom", {"level": 3})
    service.set_key("panel", "zoom", {"level": 4}, ttl=60)
    service.update_ttl("panel", "zoom", 120)
    service.set_cache_key("panel", "cached", 1, ttl=60)
    assert service.get_key("panel", "zoom").value == {"level": 4}
    assert service.set_key_if_absent("panel", "once", 1)
    assert service.compare_and_set_key("panel", "once", 1, 2)
    assert set(service.list_keys("panel")) == {"zoom", "cached", "once"}
    assert service.count_keys("panel") == 3
    assert service.has_key("panel", "zoom")
    service.delete_key("panel", "zoom")
    service.clear_cache("panel")
    service.delete_store("panel")
    service.cleanup()
    return service


@action("EDIT")
def raw_collections(name: str) -> object:
    dataset = fo.load_dataset(name)
    collection = foo.get_db_conn()[dataset._sample_collection_name]
    collection.update_many({}, {"$set": {"extra": 1}})
    collection.update_many({}, [{"$set": {"extra": {"$add": ["$extra", 1]}}}])
    collection.find_one_and_update({}, {"$inc": {"extra": 1}})
    return collection.count_documents({"extra": 2})
