"""What "Can view" is enough for."""

from __future__ import annotations

import tempfile

import fiftyone as fo
import fiftyone.core.odm as foo
from fiftyone import ViewField as F

from support.actions.registry import action


@action("VIEW")
def load(name: str) -> object:
    dataset = fo.load_dataset(name)
    dataset.reload()
    return dataset.count(), dataset.get_field_schema(), dataset.info, dataset.summary()


@action("VIEW")
def list_datasets(name: str) -> object:
    assert name in fo.list_datasets()
    assert fo.dataset_exists(name)
    return fo.list_datasets(info=True)


@action("VIEW")
def iterate(name: str) -> object:
    dataset = fo.load_dataset(name)
    return [sample.id for sample in dataset.iter_samples(batch_size=2)], dataset.first(), dataset.last()


@action("VIEW")
def find_samples(name: str) -> object:
    dataset = fo.load_dataset(name)
    sample = dataset.first()
    return dataset[sample.id], dataset[sample.filepath], dataset.one(F("filepath") == sample.filepath)


@action("VIEW")
def aggregate(name: str) -> object:
    dataset = fo.load_dataset(name)
    return dataset.aggregate(
        [
            fo.Bounds("uniqueness"),
            fo.Count("ground_truth.detections"),
            fo.CountValues("ground_truth.detections.label"),
            fo.Distinct("tags"),
            fo.HistogramValues("uniqueness", bins=3),
            fo.Mean("uniqueness"),
            fo.Std("uniqueness"),
            fo.Sum("uniqueness"),
            fo.Schema("ground_truth.detections", dynamic_only=True),
            fo.ListSchema("vector"),
            fo.Values("id"),
        ]
    )


@action("VIEW")
def values(name: str) -> object:
    return fo.load_dataset(name).values(["id", "ground_truth.detections.label", F("uniqueness") * 2])


@action("VIEW")
def quantiles(name: str) -> object:
    return fo.load_dataset(name).quantiles("uniqueness", [0.25, 0.5])


@action("VIEW")
def sort_by_expression(name: str) -> object:
    view = fo.load_dataset(name).set_field(
        "ground_truth.detections", F("detections").sort(key="confidence", numeric=True, reverse=True)
    )
    return [detection.label for detection in view.first().ground_truth.detections]


@action("VIEW")
def build_views(name: str) -> object:
    dataset = fo.load_dataset(name)
    view = (
        dataset.match(F("uniqueness") >= 0)
        .filter_labels("ground_truth", F("label") == "cat")
        .sort_by("uniqueness", reverse=True)
        .limit_labels("predictions", 1)
        .map_labels("weather", {"rain": "wet"})
        .exclude_fields("vector")
        .limit(4)
    )
    chosen = dataset.select(view.values("id")[:2], ordered=True)
    return view.count(), list(view), len(chosen), len(dataset.shuffle(seed=51).take(2, seed=51))


@action("VIEW")
def group_views(name: str) -> object:
    view = fo.load_dataset(name).group_by("weather.label", order_by="uniqueness")
    return [len(group) for group in view.iter_dynamic_groups()], len(view.flatten())


@action("VIEW")
def concatenate(name: str) -> object:
    dataset = fo.load_dataset(name)
    return len(dataset[:2].concat(dataset[2:4]))


@action("VIEW")
def geographic(name: str) -> object:
    dataset = fo.load_dataset(name)
    region = [[[8.0, 47.0], [8.0, 48.0], [10.0, 48.0], [10.0, 47.0], [8.0, 47.0]]]
    near = dataset.geo_near([8.5, 47.3], location_field="place", max_distance=1000)
    return len(dataset.geo_within(region, location_field="place")), len(near)


@action("VIEW")
def mongo_stage(name: str) -> object:
    dataset = fo.load_dataset(name)
    return len(dataset.mongo([{"$match": {"uniqueness": {"$gte": 0}}}, {"$sort": {"_id": 1}}, {"$limit": 2}]))


@action("VIEW")
def statistics(name: str) -> object:
    dataset = fo.load_dataset(name)
    return dataset.stats(), dataset.get_index_information(include_stats=True), dataset.list_indexes()


@action("VIEW")
def saved_views(name: str) -> object:
    dataset = fo.load_dataset(name)
    assert dataset.list_saved_views() == ["rainy"]
    return len(dataset.load_saved_view("rainy")), dataset.get_saved_view_info("rainy")


@action("VIEW")
def workspaces(name: str) -> object:
    dataset = fo.load_dataset(name)
    assert dataset.list_workspaces() == ["desk"]
    return dataset.load_workspace("desk"), dataset.get_workspace_info("desk")


@action("VIEW")
def run_results(name: str) -> object:
    dataset = fo.load_dataset(name)
    results = dataset.load_run_results("first_run", cache=False)
    assert results.table == list(range(50))
    return results, dataset.list_runs(), dataset.get_run_info("first_run")


@action("VIEW")
def evaluations(name: str) -> object:
    dataset = fo.load_dataset(name)
    results = dataset.load_evaluation_results("first_eval", cache=False)
    view = dataset.load_evaluation_view("first_eval")
    return results.report(), len(view)


@action("VIEW")
def patches(name: str) -> object:
    view = fo.load_dataset(name).to_patches("ground_truth")
    return len(view), view.first(), view.count_values("ground_truth.label"), len(view.limit(2))


@action("VIEW")
def evaluation_patches(name: str) -> object:
    view = fo.load_dataset(name).to_evaluation_patches("first_eval")
    return len(view), view.first()


@action("VIEW", kind="video")
def frames(name: str) -> object:
    dataset = fo.load_dataset(name)
    sample = dataset.first()
    ids = [frame.id for frame in sample.frames.values()]
    return ids, dataset.count("frames"), dataset.values("frames.id")


@action("VIEW", kind="video")
def frames_view(name: str) -> object:
    view = fo.load_dataset(name).to_frames()
    return len(view), view.first(), len(view.to_patches("objects"))


@action("VIEW", kind="video")
def clips(name: str) -> object:
    view = fo.load_dataset(name).to_clips("events")
    return len(view), view.first(), view.first().frames.first(), view.count("frames")


@action("VIEW", kind="video")
def trajectories(name: str) -> object:
    view = fo.load_dataset(name).match_frames(F("objects.detections").length() > 0)
    return len(view), len(view.filter_labels("frames.objects", F("label") == "cat"))


@action("VIEW", kind="groups")
def groups(name: str) -> object:
    dataset = fo.load_dataset(name)
    group = dataset.get_group(dataset.first().group.id)
    return group, len(dataset.select_group_slices("right")), [len(each) for each in dataset.iter_groups()]


@action("VIEW")
def export_labels(name: str) -> object:
    with tempfile.TemporaryDirectory() as directory:
        fo.load_dataset(name).export(
            export_dir=directory,
            dataset_type=fo.types.FiftyOneDataset,
            export_media=False,
            progress=False,
        )
    return True


@action("VIEW")
def database_statistics(name: str) -> object:
    return foo.get_collection_stats(fo.load_dataset(name)._sample_collection_name)


@action("VIEW")
def delegated_operations(name: str) -> object:
    from fiftyone.operators.delegated import DelegatedOperationService

    fo.load_dataset(name)
    service = DelegatedOperationService()
    return service.list_operations(dataset_name=name), service.count({"run_state": "queued"})


@action("VIEW")
def execution_stores(name: str) -> object:
    from fiftyone.operators.store import ExecutionStoreService

    service = ExecutionStoreService(dataset_id=fo.load_dataset(name)._doc.id)
    return service.list_stores(), service.has_store("nothing"), service.get_key("nothing", "key")


@action("VIEW")
def temporal_tags_listed(name: str) -> object:
    import fiftyone.core.tags as fota

    dataset = fo.load_dataset(name)
    return fota.count_for_dataset_id(dataset._doc.id), list(fota.list_temporal_tags(dataset))


@action("NOTHING")
def ontologies_listed(name: str) -> object:
    import fiftyone.core.ontology as fon

    return fon.list_ontologies(), fon.ontology_exists("nothing")
