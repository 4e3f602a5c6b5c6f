"""Everything that upstream does with pixels works on cloud media, and writes where it is told to."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.brain as fob
import fiftyone.core.models as fom
import fiftyone.utils.image as foui
import numpy as np
import pytest
from numpy.typing import NDArray

from safelight.errors import DestructiveOperationError, ObjectNotFoundError
from support.cloud import Cloud, MakeDataset
from support.pictures import NAMES, encode, photograph
from support.recording_proxy import RecordingProxy

Array = NDArray[Any]


def test_images_are_read_through_the_cache(cloud: Cloud, requests_seen: RecordingProxy) -> None:
    url = cloud.put("coffee.png", encode(photograph("coffee"), "PNG"))

    first = foui.read(url)
    second = foui.read(url)

    assert np.array_equal(first, photograph("coffee"))
    assert np.array_equal(second, first)
    assert len(requests_seen.of("GET")) == 1


@pytest.mark.parametrize(
    "key",
    ["a b/ü+1%20.png", "folder//double.png", "x#y?z.png", "..hidden/..png", "deep/" + "n" * 200 + ".png"],
)
def test_any_key_can_be_read(cloud: Cloud, key: str) -> None:
    assert foui.read(cloud.put(key, encode(photograph("rocket"), "PNG"))).shape == photograph("rocket").shape


def test_a_missing_image_is_named(cloud: Cloud) -> None:
    with pytest.raises(ObjectNotFoundError, match=r"images/missing\.png"):
        foui.read(cloud.url("images/missing.png"))


def test_images_are_written_to_the_bucket(cloud: Cloud) -> None:
    foui.write(photograph("coffee"), cloud.url("new/coffee.png"))

    assert cloud.keys() == {"new/coffee.png"}
    assert np.array_equal(foui.read(cloud.url("new/coffee.png")), photograph("coffee"))


def test_an_existing_object_is_only_overwritten_on_request(cloud: Cloud) -> None:
    url = cloud.put("coffee.png", b"precious")

    with pytest.raises(DestructiveOperationError, match="allow_remote_changes"):
        foui.write(photograph("coffee"), url)
    untouched = cloud.get("coffee.png")
    with fo.allow_remote_changes(url):
        foui.write(photograph("coffee"), url)

    assert untouched == b"precious"
    assert np.array_equal(foui.read(url), photograph("coffee"))


def test_what_cannot_be_encoded_is_an_error_and_writes_nothing(cloud: Cloud) -> None:
    with pytest.raises(Exception, match=r"OpenCV|imwrite|encode"):
        foui.write(np.zeros((0, 0, 3), dtype=np.uint8), cloud.url("empty.png"))

    assert cloud.keys() == set()


def test_masks_and_heatmaps_are_read_and_written(cloud: Cloud) -> None:
    mask = np.arange(64, dtype=np.uint8).reshape(8, 8)
    segmentation = fo.Segmentation(mask=mask)
    heatmap = fo.Heatmap(map=mask)

    segmentation.export_mask(cloud.url("masks/m.png"), update=True)
    heatmap.export_map(cloud.url("maps/h.png"), update=True)

    assert segmentation.mask is None
    assert segmentation.mask_path == cloud.url("masks/m.png")
    assert cloud.keys() == {"masks/m.png", "maps/h.png"}
    assert np.array_equal(segmentation.get_mask(), mask)
    assert np.array_equal(heatmap.get_map(), mask)


def test_segmentations_are_evaluated(
    cloud: Cloud, requests_seen: RecordingProxy, make_dataset: MakeDataset
) -> None:
    samples = []
    for index in range(3):
        truth, guess = np.zeros((2, 16, 16), dtype=np.uint8)
        truth[4:12, 4:12] = guess[4:12, 4:8] = 1
        guess[4:12, 8:12] = 2
        sample = fo.Sample(filepath=cloud.put(f"{index}.jpg", encode(photograph("rocket"))))
        for field, mask in (("truth", truth), ("guess", guess)):
            url = cloud.put(f"{field}/{index}.png", encode(mask, "PNG"))
            sample[field] = fo.Segmentation(mask_path=url)
        samples.append(sample)
    dataset = make_dataset(samples)

    results = dataset.evaluate_segmentations(
        "guess", "truth", mask_targets={1: "thing", 2: "other"}, progress=False
    )

    assert results.report()["thing"]["recall"] == pytest.approx(0.5)
    # Upstream reads every mask twice.
    assert len(requests_seen.of("GET")) == 6


class Brightness(fom.Model):  # type: ignore[misc] # upstream is untyped
    """A model that classifies by mean brightness."""

    media_type = "image"
    ragged_batches = False
    transforms = None
    preprocess = False

    def predict(self, arg: Array) -> fo.Classification:
        return fo.Classification(label="bright" if arg.mean() > 100 else "dark", confidence=arg.mean() / 255)


class Thumbnails(Brightness, fom.EmbeddingsMixin):  # type: ignore[misc] # upstream is untyped
    """A model whose embeddings are mean colours."""

    has_embeddings = True

    def embed(self, arg: Array) -> Array:
        return np.asarray(arg.mean(axis=(0, 1)))


def test_models_are_applied(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())

    dataset.apply_model(Brightness(), label_field="brightness", progress=False)

    expected = ["bright" if photograph(name).mean() > 100 else "dark" for name in NAMES]
    assert dataset.values("brightness.label") == expected


def test_embeddings_are_computed_inside_a_download_context(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(cloud.put_photographs())

    with dataset.download_context(batch_size=2, clear=True):
        embeddings = dataset.compute_embeddings(Thumbnails(), progress=False)

    assert embeddings.shape == (len(NAMES), 3)
    assert embeddings[1] == pytest.approx(photograph(NAMES[1]).mean(axis=(0, 1)), abs=1)
    assert cloud.cached_files() == []


def test_patches_are_embedded(cloud: Cloud, make_dataset: MakeDataset) -> None:
    sample = fo.Sample(filepath=cloud.put("a.png", encode(photograph("astronaut"), "PNG")))
    boxes = [[0.0, 0.0, 0.5, 0.5], [0.25, 0.25, 0.5, 0.5]]
    sample["parts"] = fo.Detections(
        detections=[fo.Detection(label="part", bounding_box=box) for box in boxes]
    )
    dataset = make_dataset([sample])

    patches = dataset.compute_patch_embeddings(Thumbnails(), "parts", progress=False)

    assert patches[dataset.first().id].shape == (2, 3)


def test_exact_duplicates_are_found(cloud: Cloud, make_dataset: MakeDataset) -> None:
    contents = {"a.jpg": b"same", "b.jpg": b"other", "c.jpg": b"same"}
    dataset = make_dataset([cloud.put(key, content) for key, content in contents.items()])
    first, _, third = dataset.values("id")

    assert fob.compute_exact_duplicates(dataset, progress=False) == {first: [third]}


def test_exact_duplicates_report_what_could_not_be_read(
    cloud: Cloud, make_dataset: MakeDataset, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = make_dataset([cloud.put("a.jpg", b"same"), cloud.url("missing.jpg")])

    with caplog.at_level(logging.WARNING):
        assert fob.compute_exact_duplicates(dataset, progress=False) == {}
    with pytest.raises(ValueError, match="1 of 2 filehashes"):
        fob.compute_exact_duplicates(dataset, skip_failures=False, progress=False)

    assert f"{cloud.url('missing.jpg')}: ObjectNotFoundError" in caplog.text


def test_labels_are_drawn_into_the_bucket(cloud: Cloud, make_dataset: MakeDataset) -> None:
    sample = fo.Sample(filepath=cloud.put("images/a.png", encode(photograph("astronaut"), "PNG")))
    sample["face"] = fo.Detections(
        detections=[fo.Detection(label="face", bounding_box=[0.35, 0.1, 0.2, 0.3])]
    )
    dataset = make_dataset([sample])

    (drawn,) = dataset.draw_labels(cloud.url("drawn"), label_fields="face", progress=False)

    assert drawn == cloud.url("drawn/a.jpg")
    assert not np.array_equal(foui.read(drawn), photograph("astronaut"))


def test_transforms_in_place_are_refused(cloud: Cloud, make_dataset: MakeDataset) -> None:
    original = encode(photograph("astronaut"), "PNG")
    dataset = make_dataset([cloud.put("a.png", original)])

    with pytest.raises(DestructiveOperationError):
        foui.transform_images(dataset, size=(64, 64), num_workers=1, progress=False)
    with pytest.raises(DestructiveOperationError):
        foui.transform_images(dataset, size=(64, 64), delete_originals=True, num_workers=1, progress=False)

    assert cloud.keys() == {"a.png"}
    assert cloud.get("a.png") == original


def test_transforms_into_another_folder_work(cloud: Cloud, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([cloud.put("a.png", encode(photograph("astronaut"), "PNG"))])

    foui.transform_images(
        dataset, size=(64, 48), output_dir=cloud.url("small"), num_workers=1, progress=False
    )

    assert dataset.first().filepath == cloud.url("small/a.png")
    assert foui.read(dataset.first().filepath).shape == (48, 64, 3)


def test_local_images_behave_as_in_stock(tmp_path: Path) -> None:
    foui.write(photograph("coffee"), str(tmp_path / "folder" / "coffee.png"))

    assert np.array_equal(foui.read(str(tmp_path / "folder" / "coffee.png")), photograph("coffee"))
    with pytest.raises(OSError, match="Image not found"):
        foui.read(str(tmp_path / "missing.png"))
