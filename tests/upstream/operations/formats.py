"""Exports to and imports from every dataset format that needs no further package."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import fiftyone as fo
from fiftyone import types

from upstream.bench import Bench
from upstream.recording import attempt, operation, operation_for

_IMAGE_FORMATS: Final[dict[str, tuple[Any, dict[str, Any]]]] = {
    "images": (types.ImageDirectory, {}),
    "fiftyone": (types.FiftyOneDataset, {}),
    "fiftyone json": (types.FiftyOneDataset, {"use_dirs": True}),
    "image classification": (types.FiftyOneImageClassificationDataset, {"label_field": "kind"}),
    "classification tree": (types.ImageClassificationDirectoryTree, {"label_field": "kind"}),
    "image detection": (types.FiftyOneImageDetectionDataset, {"label_field": "objects"}),
    "image labels": (types.FiftyOneImageLabelsDataset, {"label_field": ["kind", "objects"]}),
    "coco": (types.COCODetectionDataset, {"label_field": "objects"}),
    "voc": (types.VOCDetectionDataset, {"label_field": "objects"}),
    "kitti": (types.KITTIDetectionDataset, {"label_field": "objects"}),
    "yolov4": (types.YOLOv4Dataset, {"label_field": "objects"}),
    "yolov5": (types.YOLOv5Dataset, {"label_field": "objects", "classes": ["bird", "cat", "dog"]}),
    "cvat images": (types.CVATImageDataset, {"label_field": "objects"}),
    "bdd": (types.BDDDataset, {"label_field": ["kind", "objects"]}),
    "segmentation": (types.ImageSegmentationDirectory, {"label_field": "area"}),
    "geojson": (types.GeoJSONDataset, {"location_field": "place"}),
    "csv": (types.CSVDataset, {"fields": ["filepath", "number"]}),
}
_VIDEO_FORMATS: Final[dict[str, tuple[Any, dict[str, Any]]]] = {
    "videos": (types.VideoDirectory, {}),
    "fiftyone": (types.FiftyOneDataset, {}),
    "temporal detection": (types.FiftyOneTemporalDetectionDataset, {"label_field": "event"}),
    "video labels": (types.FiftyOneVideoLabelsDataset, {"frame_labels_field": "objects"}),
    "cvat video": (types.CVATVideoDataset, {"frame_labels_field": "objects"}),
    "clips": (types.VideoClassificationDirectoryTree, {"label_field": "event"}),
    "frames as coco": (types.COCODetectionDataset, {"frame_labels_field": "objects"}),
}
_MEDIA_MODES: Final[tuple[bool | str, ...]] = (True, False, "move", "symlink", "manifest")


def _round_trip(bench: Bench, collection: Any, dataset_type: Any, options: dict[str, Any]) -> Any:
    exported = str(bench.directory / "exported")
    collection.export(export_dir=exported, dataset_type=dataset_type, progress=False, **options)
    back = fo.Dataset.from_dir(dataset_dir=exported, dataset_type=dataset_type, name="back", progress=False)
    return [len(back), sorted(Path(path).name for path in back.values("filepath"))]


@operation_for(_IMAGE_FORMATS)
def images(bench: Bench, case: tuple[Any, dict[str, Any]]) -> Any:
    return _round_trip(bench, bench.dataset(), *case)


@operation_for(_VIDEO_FORMATS)
def videos(bench: Bench, case: tuple[Any, dict[str, Any]]) -> Any:
    dataset = bench.videos()
    return attempt(_round_trip, bench, dataset, *case)


@operation_for({str(mode): mode for mode in _MEDIA_MODES})
def media_mode(bench: Bench, mode: bool | str) -> Any:
    dataset = bench.dataset(copied=True)
    dataset.export(
        export_dir="out",
        dataset_type=types.COCODetectionDataset,
        label_field="objects",
        export_media=mode,
        progress=False,
    )


@operation_for(
    {"coco": types.COCODetectionDataset, "fiftyone": types.FiftyOneDataset, "images": types.ImageDirectory}
)
def below_a_directory(bench: Bench, dataset_type: Any) -> Any:
    options = {} if dataset_type is not types.COCODetectionDataset else {"label_field": "objects"}
    bench.dataset().export(
        export_dir="out",
        dataset_type=dataset_type,
        rel_dir=str(bench.media.directory),
        progress=False,
        **options,
    )


@operation
def separate_places_of_media_and_labels(bench: Bench) -> Any:
    bench.dataset().export(
        dataset_type=types.COCODetectionDataset,
        data_path=str(bench.directory / "data"),
        labels_path=str(bench.directory / "labels" / "coco.json"),
        label_field="objects",
        abs_paths=True,
        progress=False,
    )
    back = fo.Dataset.from_dir(
        dataset_type=types.COCODetectionDataset,
        data_path=str(bench.directory / "data"),
        labels_path=str(bench.directory / "labels" / "coco.json"),
        name="back",
        progress=False,
    )
    return back.values("filepath")


@operation
def labels_only(bench: Bench) -> Any:
    bench.dataset().export(
        dataset_type=types.COCODetectionDataset,
        labels_path="only.json",
        label_field="objects",
        progress=False,
    )


@operation_for({"merged": False, "overwritten": True})
def into_an_existing_directory(bench: Bench, overwrite: bool) -> Any:
    (bench.directory / "out").mkdir()
    (bench.directory / "out" / "old.txt").write_text("old")
    dataset = bench.dataset()
    dataset.export(
        export_dir="out",
        dataset_type=types.ImageDirectory,
        overwrite=overwrite,
        export_media=True,
        progress=False,
    )


@operation_for({suffix: suffix for suffix in (".zip", ".tar.gz")})
def archive(bench: Bench, suffix: str) -> Any:
    dataset = bench.dataset()
    target = str(bench.directory / f"out{suffix}")
    dataset.export(export_dir=target, dataset_type=types.FiftyOneDataset, progress=False)
    back = fo.Dataset.from_archive(target, dataset_type=types.FiftyOneDataset, name="back", progress=False)
    return [len(back), back.values("number")]


@operation
def splits(bench: Bench) -> Any:
    dataset = bench.dataset()
    for split in ("even", "odd"):
        dataset.match_tags(split).export(
            export_dir="out",
            dataset_type=types.YOLOv5Dataset,
            split=split,
            label_field="objects",
            classes=["cat", "dog", "bird"],
            progress=False,
        )
    return fo.Dataset.from_dir(
        dataset_dir="out", dataset_type=types.YOLOv5Dataset, split="odd", name="back", progress=False
    ).values("filepath")


@operation
def import_of_what_is_missing(bench: Bench) -> Any:
    missing = str(bench.directory / "missing")
    kinds = (types.COCODetectionDataset, types.ImageDirectory, types.FiftyOneDataset, types.YOLOv5Dataset)
    return [attempt(fo.Dataset.from_dir, dataset_dir=missing, dataset_type=kind) for kind in kinds]


@operation
def import_with_a_data_map(bench: Bench) -> Any:
    labels = bench.directory / "labels.json"
    labels.write_text('{"classes": null, "labels": {"one": "cat", "two": "dog"}}')
    places = {"one": str(bench.media.images[0]), "two": str(bench.media.images[1])}
    back = fo.Dataset.from_dir(
        dataset_type=types.FiftyOneImageClassificationDataset,
        data_path=places,
        labels_path=str(labels),
        name="back",
        progress=False,
    )
    return [back.values("filepath"), back.values("ground_truth.label")]
