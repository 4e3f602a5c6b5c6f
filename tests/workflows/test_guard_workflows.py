"""Nothing in a bucket is deleted, moved or overwritten in passing: counted on the bucket itself."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eta.core.utils as etau
import fiftyone as fo
import fiftyone.core.storage as fos
import fiftyone.utils.image as foui
import fiftyone.utils.labels as foul
import fiftyone.utils.video as fouv
import pytest

from safelight.errors import DestructiveOperationError
from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph
from support.recording_proxy import RecordingProxy


@pytest.fixture
def dataset(cloud: Cloud, make_dataset: MakeDataset) -> Any:
    picture = encode(photograph("chelsea")[:60, :80])
    box = fo.Detection(label="cat", bounding_box=[0.1, 0.1, 0.5, 0.5])
    return make_dataset(
        fo.Sample(
            filepath=cloud.put(f"images/{number}.jpg", picture),
            boxes=fo.Detections(detections=[box.copy()]),
        )
        for number in range(3)
    )


def state_of(cloud: Cloud) -> dict[str, str]:
    """Every object with its ETag: equal states mean that nothing was deleted, moved or overwritten."""
    listing = cloud.client.list_objects_v2(Bucket=cloud.bucket, Prefix=f"{cloud.folder}/")
    return {item["Key"]: item["ETag"] for item in listing.get("Contents", [])}


def export_overwriting(dataset: Any, cloud: Cloud) -> None:
    dataset.export(cloud.url("old"), dataset_type=fo.types.ImageDirectory, overwrite=True, progress=False)


def export_moving(dataset: Any, cloud: Cloud) -> None:
    dataset.export(
        cloud.url("new"), dataset_type=fo.types.ImageDirectory, export_media="move", progress=False
    )


def export_over_an_archive(dataset: Any, cloud: Cloud) -> None:
    dataset.export(cloud.url("old.zip"), dataset_type=fo.types.ImageDirectory, progress=False)


def export_over_other_media(dataset: Any, cloud: Cloud) -> None:
    dataset.export(cloud.url("old"), dataset_type=fo.types.ImageDirectory, progress=False)


def transform_in_place(dataset: Any, _cloud: Cloud) -> None:
    foui.transform_images(dataset, size=(40, 30), num_workers=1, progress=False)


def transform_in_place_skipping_failures(dataset: Any, _cloud: Cloud) -> None:
    foui.transform_images(dataset, size=(40, 30), num_workers=1, skip_failures=True, progress=False)


def transform_in_place_without_originals(dataset: Any, _cloud: Cloud) -> None:
    foui.transform_images(dataset, size=(40, 30), delete_originals=True, num_workers=1, progress=False)


def transform_in_workers(dataset: Any, _cloud: Cloud) -> None:
    foui.reencode_images(dataset, ext=".jpg", num_workers=2, progress=False)


def transform_and_delete_originals(dataset: Any, cloud: Cloud) -> None:
    foui.reencode_images(
        dataset, output_dir=cloud.url("new"), delete_originals=True, num_workers=1, progress=False
    )


def delete_by_eta(_dataset: Any, cloud: Cloud) -> None:
    etau.delete_dir(cloud.url("images"))


def empty_by_eta(_dataset: Any, cloud: Cloud) -> None:
    etau.ensure_empty_dir(cloud.url("old"), cleanup=True)


def copy_dir_over(_dataset: Any, cloud: Cloud) -> None:
    fos.copy_dir(cloud.url("images"), cloud.url("old"))


def export_labels_over_others(dataset: Any, cloud: Cloud) -> None:
    dataset.export(
        labels_path=cloud.url("old.json"),
        dataset_type=fo.types.COCODetectionDataset,
        label_field="boxes",
        overwrite=True,
        progress=False,
    )


def export_media_over_others(dataset: Any, cloud: Cloud) -> None:
    dataset.export(
        data_path=cloud.url("old"),
        labels_path=cloud.url("new.json"),
        dataset_type=fo.types.COCODetectionDataset,
        label_field="boxes",
        overwrite=True,
        progress=False,
    )


def draw_over_others(dataset: Any, cloud: Cloud) -> None:
    dataset.draw_labels(cloud.url("old"), label_fields="boxes", overwrite=True, progress=False)


def import_masks_deleting_files(dataset: Any, cloud: Cloud) -> None:
    mask = cloud.url("masks/0.png")
    dataset.set_values("truth", [fo.Segmentation(mask_path=mask), None, None])
    foul.import_segmentations(dataset, "truth", update=True, delete_images=True, progress=False)


def reencode_beside(dataset: Any, _cloud: Cloud) -> None:
    foui.reencode_images(dataset, ext=".png", num_workers=1, progress=False)


def move_dir_over(_dataset: Any, cloud: Cloud) -> None:
    fos.move_dir(cloud.url("images"), cloud.url("old"))


def videos_of(cloud: Cloud) -> Any:
    videos = fo.Dataset()
    videos.add_samples([fo.Sample(filepath=cloud.url("video.mp4"))], progress=False)
    return videos


def sample_frames_beside(_dataset: Any, cloud: Cloud) -> None:
    videos = videos_of(cloud)
    try:
        videos.to_frames(sample_frames=True, fps=1, skip_failures=False, progress=False)
    finally:
        videos.delete()


def sample_videos_beside(_dataset: Any, cloud: Cloud) -> None:
    videos = videos_of(cloud)
    try:
        fouv.sample_videos(videos, fps=1, progress=False)
    finally:
        videos.delete()


def transform_videos_in_place(_dataset: Any, cloud: Cloud) -> None:
    videos = videos_of(cloud)
    try:
        fouv.transform_videos(videos, size=(80, 60), skip_failures=True, progress=False)
    finally:
        videos.delete()


def reencode_videos_deleting(_dataset: Any, cloud: Cloud) -> None:
    videos = videos_of(cloud)
    try:
        fouv.reencode_videos(videos, output_dir=cloud.url("new"), delete_originals=True, progress=False)
    finally:
        videos.delete()


OPERATIONS: list[Callable[[Any, Cloud], None]] = [
    export_overwriting,
    export_moving,
    export_over_an_archive,
    export_over_other_media,
    transform_in_place,
    transform_in_place_skipping_failures,
    transform_in_place_without_originals,
    transform_in_workers,
    transform_and_delete_originals,
    delete_by_eta,
    empty_by_eta,
    copy_dir_over,
    export_labels_over_others,
    export_media_over_others,
    draw_over_others,
    import_masks_deleting_files,
    reencode_beside,
    move_dir_over,
    sample_frames_beside,
    sample_videos_beside,
    transform_videos_in_place,
    reencode_videos_deleting,
]


@pytest.fixture
def before(dataset: Any, cloud: Cloud, video_file: Path) -> dict[str, str]:
    """The bucket with what the operations would destroy."""
    for key in ("old/0.jpg", "old/precious.jpg", "old.zip", "old.json"):
        cloud.put(key, b"precious")
    cloud.put("video.mp4", video_file)
    cloud.put("masks/0.png", encode(photograph("chelsea")[:60, :80, 0], "PNG"))
    return state_of(cloud)


def changes(seen: RecordingProxy) -> list[tuple[str, str]]:
    """What was asked of the store that could delete or overwrite something, or add something."""
    return [(request.method, request.path) for request in seen.of("PUT", "POST", "DELETE", "PATCH")]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_refused_unless_asked_for(
    dataset: Any,
    cloud: Cloud,
    before: dict[str, str],
    requests_seen: RecordingProxy,
    operation: Callable[[Any, Cloud], None],
) -> None:
    with pytest.raises(DestructiveOperationError, match="allow_remote_changes"):
        operation(dataset, cloud)
    touched = {path for _, path in changes(requests_seen)}
    assert not touched & {f"/{cloud.bucket}/{key}" for key in before}
    assert not [method for method, _ in changes(requests_seen) if method in {"DELETE", "POST"}]
    assert {key: state_of(cloud).get(key) for key in before} == before
    with fo.allow_remote_changes(cloud.url("").removesuffix("/")):
        operation(dataset, cloud)
    assert state_of(cloud) != before


def test_a_refusal_says_how_much_it_is_about(dataset: Any, cloud: Cloud, before: dict[str, str]) -> None:
    with pytest.raises(DestructiveOperationError, match=r"delete it, with 2 files of 16 bytes"):
        export_overwriting(dataset, cloud)
    with pytest.raises(DestructiveOperationError, match=r"beside or over this remote file and 2 others"):
        transform_in_place(dataset, cloud)
    assert state_of(cloud) == before


def test_what_is_local_or_safe_changes_nothing_in_the_bucket(
    dataset: Any, cloud: Cloud, before: dict[str, str], requests_seen: RecordingProxy, tmp_path: Path
) -> None:
    dataset.download_media(progress=False)
    dataset.clear_media()
    fo.media_cache.clear()
    foui.transform_images(
        dataset.clone(), size=(8, 6), output_dir=str(tmp_path), num_workers=1, progress=False
    )
    dataset.export(
        str(tmp_path / "out"), dataset_type=fo.types.ImageDirectory, overwrite=True, progress=False
    )
    dataset.delete_samples(dataset.first())
    dataset.clear()
    assert changes(requests_seen) == []
    assert state_of(cloud) == before


def test_permission_for_one_place_is_none_for_another(
    dataset: Any, cloud: Cloud, before: dict[str, str]
) -> None:
    with fo.allow_remote_changes(cloud.url("elsewhere")), pytest.raises(DestructiveOperationError):
        export_overwriting(dataset, cloud)
    assert state_of(cloud) == before


def test_the_public_functions_say_what_they_do(cloud: Cloud) -> None:
    urls = [cloud.put(f"{number}.bin", b"1") for number in range(4)]
    fos.delete_file(urls[0])
    fos.delete_files(urls[1:2])
    fos.move_file(urls[2], cloud.url("moved.bin"))
    assert cloud.keys() == {"3.bin", "moved.bin"}
    fos.copy_dir(cloud.url("").removesuffix("/"), cloud.url("copy"), progress=False)
    fos.copy_dir(cloud.url("copy"), cloud.url("copy2"), overwrite=True, progress=False)
    fos.delete_dir(cloud.url("copy"))
    fos.ensure_empty_dir(cloud.url("copy2"), cleanup=True)
    assert cloud.keys() == {"3.bin", "moved.bin"}


def test_exporting_the_same_media_again_changes_nothing(dataset: Any, cloud: Cloud) -> None:
    kind = fo.types.ImageDirectory
    dataset.export(cloud.url("out"), dataset_type=kind, progress=False)
    before = state_of(cloud)
    dataset.export(cloud.url("out"), dataset_type=kind, progress=False)
    assert state_of(cloud) == before


def test_labels_are_written_anew(dataset: Any, cloud: Cloud) -> None:
    kind = fo.types.FiftyOneDataset
    dataset.export(cloud.url("out"), dataset_type=kind, progress=False)
    dataset.tag_samples("again")
    dataset.export(cloud.url("out"), dataset_type=kind, progress=False)
    assert b"again" in cloud.get("out/samples.json")


def test_local_media_are_moved_and_overwritten_as_ever(
    make_dataset: MakeDataset, cloud: Cloud, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(encode(photograph("chelsea")[:60, :80]))
    dataset = make_dataset([str(tmp_path / "a.jpg")])
    foui.transform_images(dataset, size=(40, 30), num_workers=1, progress=False)
    assert sorted(path.name for path in tmp_path.glob("*.jpg")) == ["a-original.jpg", "a.jpg"]
    dataset.export(
        cloud.url("new"), dataset_type=fo.types.ImageDirectory, export_media="move", progress=False
    )
    assert cloud.keys() == {"new/a.jpg"}
    assert not (tmp_path / "a.jpg").exists()


def _delete(url: str) -> None:
    etau.delete_file(url)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_inherit_the_permission(cloud: Cloud, method: str) -> None:
    url = cloud.put("a.bin", b"1")
    code = f"import eta.core.utils as etau; etau.delete_file({url!r})"
    prelude = "from safelight.dropin.instrument import instrument; instrument(); "
    with fo.allow_remote_changes(url):
        if method == "spawn":
            subprocess.run([sys.executable, "-c", prelude + code], check=True)
        else:
            process = multiprocessing.get_context("fork").Process(target=_delete, args=(url,))
            process.start()
            process.join(60)
            assert process.exitcode == 0
    assert cloud.keys() == set()
