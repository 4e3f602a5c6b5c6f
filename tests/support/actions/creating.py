"""What a role must allow: datasets that did not exist before."""

from __future__ import annotations

import tempfile

import fiftyone as fo

from support.actions.registry import action


@action("CREATE")
def create(name: str) -> object:
    dataset = fo.Dataset(f"{name}-created")
    dataset.add_sample(fo.Sample(filepath="/nowhere/1.png"))
    dataset.delete()
    return dataset


@action("CREATE")
def create_for_video(name: str) -> object:
    dataset = fo.Dataset(f"{name}-created")
    sample = fo.Sample(filepath="/nowhere/1.mp4")
    sample.frames[1] = fo.Frame()
    dataset.add_sample(sample)
    dataset.delete()
    return dataset


@action("CREATE")
def create_with_groups(name: str) -> object:
    dataset = fo.Dataset(f"{name}-created")
    dataset.add_group_field("group", default="left")
    dataset.add_sample(fo.Sample(filepath="/nowhere/1.png", group=fo.Group().element("left")))
    dataset.delete()
    return dataset


@action("CREATE")
def create_nonpersistent(name: str) -> object:
    fo.Dataset(f"{name}-first")
    fo.load_dataset(f"{name}-first").delete()
    return fo.Dataset(f"{name}-once", overwrite=True).delete()


@action("CLONE")
def clone(name: str) -> object:
    copy = fo.load_dataset(name).clone(f"{name}-copy", persistent=True)
    assert len(copy) == 6
    assert copy.load_run_results("first_run", cache=False).table == list(range(50))
    copy.delete()
    return copy


@action("CLONE")
def clone_view(name: str) -> object:
    copy = fo.load_dataset(name)[:2].clone(f"{name}-copy")
    patches = fo.load_dataset(name).to_patches("ground_truth").clone(f"{name}-patches")
    assert len(copy) == 2
    copy.delete()
    patches.delete()
    return copy


@action("CLONE", kind="video")
def clone_video(name: str) -> object:
    dataset = fo.load_dataset(name)
    copies = [
        dataset.clone(f"{name}-copy"),
        dataset.to_clips("events").clone(f"{name}-clips"),
        dataset.to_frames().clone(f"{name}-frames"),
    ]
    for copy in copies:
        copy.delete()
    return copies


@action("CLONE")
def import_dataset(name: str) -> object:
    with tempfile.TemporaryDirectory() as directory:
        fo.load_dataset(name).export(
            export_dir=directory,
            dataset_type=fo.types.FiftyOneDataset,
            export_media=False,
            progress=False,
        )
        copy = fo.Dataset.from_dir(
            dataset_dir=directory,
            dataset_type=fo.types.FiftyOneDataset,
            name=f"{name}-imported",
            progress=False,
        )
    assert len(copy) == 6
    copy.delete()
    return copy


@action("CLONE")
def add_into_another(name: str) -> object:
    other = fo.Dataset(f"{name}-other", overwrite=True)
    other.add_collection(fo.load_dataset(name))
    other.delete()
    return other


@action("CREATE")
def ontologies(name: str) -> object:
    import fiftyone.core.ontology as fon
    from fiftyone.core.annotation.nodes import Node

    taxonomy = fon.Taxonomy(f"{name} animals", Node(name="animals", values=[Node(name="cat")]))
    taxonomy.save()
    taxonomy.description = "which animals"
    taxonomy.save(overwrite=True)
    assert fon.ontology_exists(taxonomy.name)
    fon.load_ontology(taxonomy.name).delete()
    return taxonomy
