"""The public names, their signatures and their defaults are those of the public documentation."""

from __future__ import annotations

import inspect
from pathlib import Path

import fiftyone as fo
import fiftyone.core.collections as foc
import pytest

from support.cloud import Cloud

SIGNATURES = {
    "download_media": {
        "media_fields": None,
        "group_slices": None,
        "include_assets": True,
        "update": False,
        "skip_failures": True,
        "progress": None,
    },
    "download_scenes": {"update": False, "skip_failures": True, "progress": None},
    "download_context": {
        "batch_size": None,
        "target_size_bytes": None,
        "media_fields": None,
        "group_slices": None,
        "include_assets": True,
        "update": False,
        "skip_failures": True,
        "clear": False,
        "progress": None,
        "kwargs": inspect.Parameter.empty,
    },
    "get_local_paths": {
        "media_field": "filepath",
        "include_assets": True,
        "download": True,
        "skip_failures": True,
        "progress": None,
    },
    "cache_stats": {"media_fields": None, "group_slices": None, "include_assets": True},
    "clear_media": {"media_fields": None, "group_slices": None, "include_assets": True},
}


@pytest.mark.parametrize("name", SIGNATURES)
@pytest.mark.parametrize("owner", [foc.SampleCollection, fo.Dataset, fo.DatasetView])
def test_methods_have_the_documented_signatures(owner: type, name: str) -> None:
    parameters = list(inspect.signature(getattr(owner, name)).parameters.values())

    assert parameters[0].name == "self"
    assert {parameter.name: parameter.default for parameter in parameters[1:]} == SIGNATURES[name]
    assert inspect.getdoc(getattr(owner, name))


def test_the_module_has_the_cache_its_settings_and_the_way_to_ask_for_changes(cloud: Cloud) -> None:
    assert callable(fo.media_cache.stats)
    assert callable(fo.media_cache.clear)
    assert callable(fo.allow_remote_changes)
    assert {"media_cache", "media_cache_config", "allow_remote_changes"} <= set(dir(fo))
    assert fo.media_cache_config.cache_size_bytes == 32 * 2**30
    assert fo.media_cache_config.download_size_bytes == 128 * 2**20
    assert fo.media_cache_config.cache_app_images is False
    assert str(fo.media_cache_config.cache_dir) == str(cloud.cache_dir)


def test_a_name_that_nobody_has_is_still_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'media_cash'"):
        fo.media_cash  # noqa: B018 - the look-up is what is tested


def test_cache_statistics_have_the_documented_keys(cloud: Cloud) -> None:
    stats = fo.media_cache.stats()

    assert stats == {
        "cache_dir": str(cloud.cache_dir),
        "cache_size": 34359738368,
        "cache_size_str": "32.0GB",
        "current_size": 0,
        "current_size_str": stats["current_size_str"],
        "current_count": 0,
        "load_factor": 0.0,
    }


def test_local_path_is_where_the_documentation_says(cloud: Cloud) -> None:
    sample = fo.Sample(filepath=cloud.put("images/000001.jpg", b"bytes"))

    folder = cloud.cache_dir / "media" / "s3" / cloud.bucket / cloud.folder
    assert sample.local_path == str(folder / "images" / "000001.jpg")
    assert Path(sample.local_path).read_bytes() == b"bytes"


def test_the_local_path_of_local_media_is_their_path(tmp_path: Path) -> None:
    assert fo.Sample(filepath=str(tmp_path / "a.jpg")).local_path == str(tmp_path / "a.jpg")


def test_upstream_still_refuses_to_set_it() -> None:
    sample = fo.Sample(filepath="a.jpg")

    with pytest.raises(ValueError, match="not allowed"):
        sample.local_path = "elsewhere"


def test_a_field_of_the_same_name_can_still_be_read_by_key() -> None:
    sample = fo.Sample(filepath="a.jpg", local_path="a user's own")

    assert sample["local_path"] == "a user's own"
