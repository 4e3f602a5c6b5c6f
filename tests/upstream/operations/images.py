"""Pixels, masks, metadata and image transforms of local images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import eta.core.image as etai
import fiftyone as fo
import fiftyone.core.metadata as fomm
import fiftyone.utils.image as foui
import fiftyone.utils.labels as foul
import fiftyone.utils.patches as foup
import numpy as np
from PIL import ExifTags, Image

from upstream.bench import Bench
from upstream.recording import attempt, operation, operation_for

_TURNED = Image.Exif()
_TURNED[ExifTags.Base.Orientation] = 6


def _image(path: Path, mode: str, **options: Any) -> Path:
    size = (20, 10)
    pixels = np.random.default_rng(7).integers(0, 255, (*size[::-1], 4), dtype=np.uint8)
    Image.fromarray(pixels, "RGBA").convert(mode).save(path, **options)
    return path


@operation_for({"color": {}, "gray": {"flag": cv2.IMREAD_GRAYSCALE}, "alpha": {"include_alpha": True}})
def read(bench: Bench, options: dict[str, Any]) -> Any:
    path = _image(bench.directory / "x.png", "RGBA")
    return foui.read(str(path), **options)


@operation
def read_what_is_no_image(bench: Bench) -> Any:
    text = bench.directory / "text.jpg"
    text.write_text("no image")
    paths = (text, bench.directory / "missing.jpg", bench.directory)
    return [attempt(foui.read, str(path)) for path in paths]


@operation
def read_by_file_address(bench: Bench) -> Any:
    path = _image(bench.directory / "x.png", "RGB")
    return [attempt(foui.read, f"file://{path}"), etai.read(str(path))]


@operation_for({suffix: suffix for suffix in (".png", ".bmp", ".jpg", ".xyz")})
def write(bench: Bench, suffix: str) -> Any:
    pixels = np.full((4, 5, 3), 77, dtype=np.uint8)
    path = bench.directory / "new" / f"x{suffix}"
    return [attempt(foui.write, pixels, str(path)), path.exists()]


@operation_for(
    {
        "jpeg": (".jpg", "RGB", {}),
        "rotated jpeg": (
            ".jpg",
            "RGB",
            {"exif": _TURNED},
        ),
        "png": (".png", "RGBA", {}),
        "gray png": (".png", "L", {}),
        "gif": (".gif", "P", {}),
        "webp": (".webp", "RGB", {}),
        "tiff": (".tiff", "RGB", {}),
        "bmp": (".bmp", "RGB", {}),
    }
)
def metadata(bench: Bench, case: tuple[str, str, dict[str, Any]]) -> Any:
    suffix, mode, options = case
    path = str(_image(bench.directory / f"x{suffix}", mode, **options))
    dataset = fo.Dataset("metadata")
    dataset.add_sample(fo.Sample(filepath=path))
    dataset.compute_metadata(progress=False)
    return [fo.ImageMetadata.build_for(path), fo.Metadata.build_for(path), dataset.first().metadata]


@operation
def metadata_of_what_cannot_be_read(bench: Bench) -> Any:
    broken = bench.directory / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no more")
    dataset = fo.Dataset("broken")
    dataset.add_samples([fo.Sample(filepath=str(path)) for path in (broken, bench.directory / "missing.png")])
    dataset.compute_metadata(progress=False)
    strict = attempt(dataset.compute_metadata, skip_failures=False, num_workers=1, progress=False)
    return [dataset.values("metadata"), strict["raised"], attempt(fomm.get_image_info, str(broken))]


@operation_for({"threads": {"num_workers": 2}, "again": {"overwrite": True}, "one": {"num_workers": 1}})
def metadata_of_dataset(bench: Bench, options: dict[str, Any]) -> Any:
    dataset = bench.dataset()
    dataset.compute_metadata(progress=False, **options)
    return dataset.values("metadata.size_bytes")


@operation
def masks(bench: Bench) -> Any:
    label = fo.Segmentation(mask_path=str(bench.media.masks[0]))
    inline = fo.Segmentation(mask_path=str(bench.media.masks[1]))
    inline.import_mask(update=True)
    exported = fo.Segmentation(mask=np.eye(6, dtype=np.uint8))
    exported.export_mask(str(bench.directory / "new" / "m.png"), update=True)
    missing = fo.Segmentation(mask_path="/missing.png")
    return [label.get_mask(), inline.mask, exported.mask_path, exported.mask, attempt(missing.get_mask)]


@operation
def heatmaps(bench: Bench) -> Any:
    label = fo.Heatmap(map=np.linspace(0, 1, 30).reshape(5, 6))
    label.export_map(str(bench.directory / "map.png"), update=True)
    instance = fo.Detection(label="x", bounding_box=[0, 0, 1, 1], mask=np.eye(4, dtype=bool))
    instance.export_mask(str(bench.directory / "instance.png"), update=True)
    return [label.get_map(), instance.get_mask()]


@operation_for(
    {"keep paths": {"update": False}, "update paths": {"update": True}, "below": {"rel_dir": "<media>"}}
)
def export_segmentations(bench: Bench, options: dict[str, Any]) -> Any:
    dataset = bench.dataset()
    if "rel_dir" in options:
        options = {"rel_dir": str(bench.media.directory)}
    foul.import_segmentations(dataset, "area", progress=False) if hasattr(
        foul, "import_segmentations"
    ) else None
    foul.export_segmentations(dataset, "area", str(bench.directory / "masks"), progress=False, **options)


@operation_for(
    {
        "png": {"ext": ".png"},
        "in place": {},
        "elsewhere": {"output_dir": "out"},
        "kept": {"delete_originals": False},
    }
)
def reencode(bench: Bench, options: dict[str, Any]) -> Any:
    dataset = bench.dataset(copied=True)
    foui.reencode_images(dataset, progress=False, num_workers=1, **options)
    return dataset.values("filepath")


@operation_for(
    {
        "smaller": {"max_size": (16, 16)},
        "size": {"size": (8, -1)},
        "field": {"size": (8, 8), "output_field": "small", "output_dir": "out"},
    }
)
def transform(bench: Bench, options: dict[str, Any]) -> Any:
    dataset = bench.dataset(copied=True)
    foui.transform_images(dataset, progress=False, num_workers=2, **options)


@operation
def draw_labels(bench: Bench) -> Any:
    drawn = bench.dataset().draw_labels(
        str(bench.directory / "drawn"), label_fields=["objects", "area"], progress=False
    )
    return [Path(path).name for path in drawn]


@operation
def patches(bench: Bench) -> Any:
    dataset = bench.dataset()
    image = foui.read(dataset.first().filepath)
    view = dataset.to_patches("objects")
    view.export(export_dir="patches", dataset_type=fo.types.ImageDirectory, progress=False)
    return [foup.extract_patch(image, fo.Detection(bounding_box=[0.1, 0.1, 0.5, 0.5])), len(view)]
