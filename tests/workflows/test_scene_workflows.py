"""3D scenes in the cloud, with the assets that they refer to."""

from __future__ import annotations

import logging
from pathlib import Path

import fiftyone as fo
import fiftyone.core.metadata as fom
import fiftyone.core.storage as fos
import fiftyone.core.threed as fo3d
import fiftyone.utils.utils3d as fou3d
import pytest

from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph
from support.places.place import Place
from support.point_cloud import motorcycle
from support.recording_proxy import RecordingProxy


@pytest.fixture
def scene(cloud: Cloud, tmp_path: Path) -> str:
    """A scene with a mesh and a point cloud beside it, and a sky at an address of its own."""
    definition = fo3d.Scene()
    definition.add(fo3d.StlMesh("box", "meshes/box.stl"))
    definition.add(fo3d.PointCloud("motorcycle", "clouds/motorcycle.pcd", flag_for_projection=True))
    sky = cloud.put("sky.png", encode(photograph("rocket"), "PNG"))
    definition.background = fo3d.SceneBackground(image=sky)
    definition.write(str(tmp_path / "scene.fo3d"))
    cloud.put("3d/meshes/box.stl", b"solid box" * 10)
    cloud.put("3d/clouds/motorcycle.pcd", motorcycle())
    return cloud.put("3d/scene.fo3d", tmp_path / "scene.fo3d")


def test_download_media_brings_scenes_and_their_assets(
    cloud: Cloud, scene: str, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset([scene])

    dataset.download_media(progress=False)

    assert cloud.cached_files() == ["box.stl", "motorcycle.pcd", "scene.fo3d", "sky.png"]
    assert dataset.cache_stats()["current_count"] == 4


def test_assets_stay_where_they_are_on_request(cloud: Cloud, scene: str, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([scene])

    dataset.download_media(include_assets=False, progress=False)
    without = cloud.cached_files()
    dataset.clear_media()
    dataset.download_scenes(progress=False)

    assert without == cloud.cached_files() == ["scene.fo3d"]


def test_relative_assets_resolve_beside_the_cached_scene(
    cloud: Cloud, scene: str, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset([scene])
    dataset.download_media(progress=False)
    local = Path(dataset.first().local_path)

    assert (local.parent / "clouds" / "motorcycle.pcd").read_bytes() == motorcycle()


def test_clearing_takes_the_assets_along(cloud: Cloud, scene: str, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([scene])
    dataset.download_media(progress=False)

    dataset.clear_media()

    assert cloud.cached_files() == []


def test_clearing_downloads_nothing(
    cloud: Cloud, scene: str, make_dataset: MakeDataset, requests_seen: RecordingProxy
) -> None:
    dataset = make_dataset([scene])

    dataset.clear_media()

    assert dataset.cache_stats()["current_count"] == 0
    assert requests_seen.requests == []


def test_update_brings_the_assets_of_the_new_scene(
    cloud: Cloud, scene: str, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    dataset = make_dataset([scene])
    dataset.download_media(progress=False)
    definition = fo3d.Scene()
    definition.add(fo3d.StlMesh("ball", "meshes/ball.stl"))
    definition.write(str(tmp_path / "new.fo3d"))
    cloud.put("3d/scene.fo3d", tmp_path / "new.fo3d")
    cloud.put("3d/meshes/ball.stl", b"solid ball")

    dataset.download_media(update=True, progress=False)

    assert "ball.stl" in cloud.cached_files()


def test_a_download_context_brings_assets_with_their_scene(
    cloud: Cloud, scene: str, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset([scene])

    with dataset.download_context(clear=True):
        inside = cloud.cached_files()

    assert inside == ["box.stl", "motorcycle.pcd", "scene.fo3d", "sky.png"]
    assert cloud.cached_files() == []


def test_a_broken_scene_is_reported_and_keeps_nobody_else_away(
    cloud: Cloud, scene: str, make_dataset: MakeDataset, caplog: pytest.LogCaptureFixture
) -> None:
    missing, broken = cloud.url("3d/missing.fo3d"), cloud.put("3d/broken.fo3d", b"{")
    dataset = make_dataset([missing, broken, scene])

    with caplog.at_level(logging.WARNING):
        dataset.download_media(progress=False)

    assert "motorcycle.pcd" in cloud.cached_files()
    assert broken in caplog.text
    assert missing in caplog.text


def test_metadata_count_the_bytes_of_all_assets(
    cloud: Cloud, scene: str, make_dataset: MakeDataset, requests_seen: RecordingProxy
) -> None:
    sizes = [len(cloud.get(key)) for key in sorted(cloud.keys())]
    dataset = make_dataset([scene])

    dataset.compute_metadata(progress=False)

    metadata = dataset.first().metadata
    assert isinstance(metadata, fom.SceneMetadata)
    assert metadata.size_bytes == sum(sizes)
    assert metadata.asset_counts == {"stl": 1, "pcd": 1, "png": 1}
    # The definition is read, and the store is asked for the sizes of the rest.
    assert {request.path.rpartition("/")[2] for request in requests_seen.of("GET")} == {"scene.fo3d"}


def test_scenes_are_written_into_the_bucket(cloud: Cloud, scene: str) -> None:
    definition = fo3d.Scene.from_fo3d(scene)

    definition.write(cloud.url("copy/scene.fo3d"))

    assert set(fo3d.Scene.from_fo3d(cloud.url("copy/scene.fo3d")).get_asset_paths()) == set(
        definition.get_asset_paths()
    )


def test_point_clouds_are_projected(
    cloud: Cloud, scene: str, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    dataset = make_dataset([scene])

    fou3d.compute_orthographic_projection_images(
        dataset, (64, 64), str(tmp_path / "projections"), progress=False
    )

    projection = dataset.first().orthographic_projection_metadata
    assert Path(projection.filepath).is_file()
    assert projection.width == projection.height == 64


def test_groups_of_scenes_and_images(cloud: Cloud, scene: str, make_dataset: MakeDataset) -> None:
    group = fo.Group()
    image = cloud.put("left.jpg", encode(photograph("coffee")))
    dataset = make_dataset(
        [
            fo.Sample(filepath=image, group=group.element("left")),
            fo.Sample(filepath=scene, group=group.element("scene")),
        ]
    )

    dataset.download_media(progress=False)
    dataset.compute_metadata(progress=False)

    assert cloud.cached_files() == ["box.stl", "left.jpg", "motorcycle.pcd", "scene.fo3d", "sky.png"]
    assert dataset.first().metadata.width == 600


def assets_of(scene: str) -> dict[str, str]:
    """The assets of a scene that must be relative to it: their references by their names."""
    references: list[str] = fo3d.Scene.from_fo3d(scene).get_asset_paths()
    return {Path(reference).name: reference for reference in references}


@pytest.fixture
def local_scene(tmp_path: Path) -> str:
    """A scene on this machine: a mesh beside it, and a sky elsewhere."""
    definition = fo3d.Scene()
    definition.add(fo3d.StlMesh("box", "meshes/box.stl"))
    sky = tmp_path / "skies" / "sky.png"
    definition.background = fo3d.SceneBackground(image=str(sky))
    for file, content in ((sky, b"sky"), (tmp_path / "3d" / "meshes" / "box.stl", b"solid box")):
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    definition.write(str(tmp_path / "3d" / "scene.fo3d"))
    return str(tmp_path / "3d" / "scene.fo3d")


def test_uploads_take_assets_along(cloud: Cloud, local_scene: str, make_dataset: MakeDataset) -> None:
    dataset = make_dataset([local_scene])

    uploaded = fos.upload_media(dataset, cloud.url("up"), update_filepaths=True, progress=False)

    assert dataset.values("filepath") == uploaded == [cloud.url("up/scene.fo3d")]
    assert cloud.keys() == {"up/scene.fo3d", "up/box.stl", "up/sky.png"}
    assert assets_of(uploaded[0]) == {"box.stl": "box.stl", "sky.png": "sky.png"}
    dataset.download_media(progress=False, skip_failures=False)
    assert cloud.cached_files() == ["box.stl", "scene.fo3d", "sky.png"]


def test_uploads_take_assets_along_to_every_provider_and_back(
    any_cloud: Place, local_scene: str, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    dataset = make_dataset([local_scene])

    fos.upload_media(dataset, any_cloud.url("up"), update_filepaths=True, progress=False)
    fos.upload_media(dataset, any_cloud.url("again"), update_filepaths=True, progress=False)
    fos.upload_media(dataset, str(tmp_path / "here"), update_filepaths=True, progress=False)

    names = {"scene.fo3d", "box.stl", "sky.png"}
    assert any_cloud.keys() == {f"{folder}/{name}" for folder in ("up", "again") for name in names}
    assert any_cloud.get("again/box.stl") == (tmp_path / "here" / "box.stl").read_bytes() == b"solid box"
    assert assets_of(any_cloud.url("again/scene.fo3d")) == {"box.stl": "box.stl", "sky.png": "sky.png"}
    assert assets_of(dataset.first().filepath) == {"box.stl": "box.stl", "sky.png": "sky.png"}


def test_uploads_keep_the_tree_when_asked(
    cloud: Cloud, local_scene: str, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    fos.upload_media(make_dataset([local_scene]), cloud.url("up"), rel_dir=str(tmp_path), progress=False)

    assert cloud.keys() == {"up/3d/scene.fo3d", "up/3d/meshes/box.stl", "up/skies/sky.png"}
    assert assets_of(cloud.url("up/3d/scene.fo3d")) == {
        "box.stl": "meshes/box.stl",
        "sky.png": "../skies/sky.png",
    }


@pytest.mark.parametrize("method", ["copy", "move"])
def test_uploads_into_the_cache_take_assets_along(
    cloud: Cloud, local_scene: str, make_dataset: MakeDataset, tmp_path: Path, method: str
) -> None:
    dataset = make_dataset([local_scene])

    (scene,) = fos.upload_media(dataset, cloud.url("up"), cache=method, progress=False)

    assert cloud.cached_files() == ["box.stl", "scene.fo3d", "sky.png"]
    assert Path(fos.get_local_path(scene)).read_bytes() == cloud.get("up/scene.fo3d")
    here = {path.name for path in tmp_path.glob("[3s]*/**/*") if path.is_file()}
    assert here == (set() if method == "move" else {"box.stl", "scene.fo3d", "sky.png"})


def test_uploads_from_bucket_to_bucket_and_back(
    cloud: Cloud, scene: str, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    dataset = make_dataset([scene])

    fos.upload_media(dataset, cloud.url("up"), update_filepaths=True, progress=False)
    fos.upload_media(dataset, str(tmp_path / "here"), update_filepaths=True, progress=False)

    local = tmp_path / "here" / "scene.fo3d"
    assert dataset.values("filepath") == [str(local)]
    assert assets_of(str(local)) == {name: name for name in ("box.stl", "motorcycle.pcd", "sky.png")}
    assert (tmp_path / "here" / "motorcycle.pcd").read_bytes() == motorcycle()


def test_a_scene_counts_as_uploaded_when_its_assets_are(
    cloud: Cloud,
    local_scene: str,
    make_dataset: MakeDataset,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "3d" / "meshes" / "box.stl").unlink()
    broken = tmp_path / "broken.fo3d"
    broken.write_text("{")
    dataset = make_dataset([local_scene, str(broken)])

    with pytest.raises(FileNotFoundError, match=r"box\.stl"):
        fos.upload_media(dataset, cloud.url("up"), progress=False)
    with caplog.at_level(logging.WARNING):
        fos.upload_media(dataset, cloud.url("up2"), update_filepaths=True, skip_failures=True, progress=False)

    assert dataset.values("filepath") == [local_scene, cloud.url("up2/broken.fo3d")]
    assert "1 of 4 files failed" in caplog.text
    assert f"{broken} cannot be read as a 3D scene" in caplog.text


def test_scenes_of_one_name_keep_their_own_assets(
    cloud: Cloud, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    scenes = []
    for name in ("a", "b"):
        definition = fo3d.Scene()
        definition.add(fo3d.StlMesh("box", "box.stl"))
        (tmp_path / name).mkdir()
        (tmp_path / name / "box.stl").write_text(name)
        definition.write(str(tmp_path / name / "scene.fo3d"))
        scenes.append(str(tmp_path / name / "scene.fo3d"))

    uploaded = fos.upload_media(make_dataset(scenes), cloud.url("up"), progress=False)

    assert uploaded == [cloud.url("up/scene.fo3d"), cloud.url("up/scene-2.fo3d")]
    for address, content in zip(uploaded, (b"a", b"b"), strict=True):
        (asset,) = fo3d.Scene.from_fo3d(address).get_asset_paths()
        assert cloud.get(f"up/{asset}") == content


def test_exports_take_assets_along_in_every_direction(
    cloud: Cloud, scene: str, local_scene: str, make_dataset: MakeDataset, tmp_path: Path
) -> None:
    for number, source in enumerate((scene, local_scene)):
        names = set(assets_of(source))
        for target in (cloud.url(f"out{number}"), str(tmp_path / f"out{number}")):
            make_dataset([source]).export(target, dataset_type=fo.types.FiftyOneDataset, progress=False)
            references = assets_of(f"{target}/data/scene.fo3d")
            assert set(references) == names, target
            for reference in references.values():
                assert fos.isfile(f"{target}/data/{reference}")


def test_a_copied_directory_keeps_its_scenes_whole(cloud: Cloud, local_scene: str, tmp_path: Path) -> None:
    before = assets_of(local_scene)

    fos.copy_dir(str(tmp_path / "3d"), cloud.url("copy"), progress=False)

    assert cloud.keys() == {"copy/scene.fo3d", "copy/meshes/box.stl"}
    assert assets_of(cloud.url("copy/scene.fo3d")) == before
