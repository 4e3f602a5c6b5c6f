"""Loops, models and data loaders find their next media here already; loops without media cost nothing."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.core.utils as fou
import fiftyone.utils.image as foui
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

from safelight import runtime
from safelight.config import load_config
from safelight.dropin.media.loaders import BatchOrder, batches_after
from safelight.runtime import get_runtime
from support.cloud import Cloud, MakeDataset
from support.pictures import encode, photograph
from support.recording_proxy import RecordingProxy
from support.stand_ins import provide_stand_in

provide_stand_in("torchvision")
import fiftyone.utils.torch as fout  # noqa: E402 - it needs the line above

COUNT = 24


@pytest.fixture
def urls(cloud: Cloud) -> list[str]:
    picture = encode(photograph("chelsea")[:60, :80])
    return [cloud.put(f"images/{number:02}.jpg", picture) for number in range(COUNT)]


@pytest.fixture
def dataset(urls: list[str], make_dataset: MakeDataset) -> Any:
    return make_dataset(urls)


def all_cached(urls: Sequence[str]) -> bool:
    """Whether everything is in the cache before long."""
    give_up = time.monotonic() + 30
    cache = get_runtime().cache
    while not all(map(cache.is_cached, urls)):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


def nothing_more_comes(seen: RecordingProxy) -> int:
    """How many requests there were, once no more come."""
    while True:
        number = len(seen.requests)
        time.sleep(0.3)
        if len(seen.requests) == number:
            return number


def test_the_first_file_of_a_loop_brings_those_that_follow(
    dataset: Any, urls: list[str], requests_seen: RecordingProxy
) -> None:
    for sample in dataset:
        assert Path(sample.local_path).is_file()
        break_here = all_cached(urls)
        assert break_here, "the loop has read one file so far"
    assert len(requests_seen.of("GET")) == COUNT, "none was downloaded twice"


def test_a_view_is_followed_in_its_own_order(dataset: Any, urls: list[str]) -> None:
    view = dataset.sort_by("filepath", reverse=True).limit(8)
    for sample in itertools.islice(view, 1):
        foui.read(sample.filepath)
        assert all_cached(urls[-8:])
    cache = get_runtime().cache
    assert not any(map(cache.is_cached, urls[:-8]))


def test_batches_are_followed_too(dataset: Any, urls: list[str]) -> None:
    for batch in fou.iter_batches(dataset, 5):
        foui.read(batch[0].filepath)
        assert all_cached(urls)
        break


def test_a_loop_that_reads_masks_brings_masks(
    cloud: Cloud, make_dataset: MakeDataset, urls: list[str]
) -> None:
    mask = encode(photograph("rocket")[:60, :80, 0], "PNG")
    masks = [cloud.put(f"masks/{number:02}.png", mask) for number in range(COUNT)]
    dataset = make_dataset(
        fo.Sample(filepath=url, truth=fo.Segmentation(mask_path=path))
        for url, path in zip(urls, masks, strict=True)
    )
    for sample in dataset:
        assert sample.truth.get_mask().shape == (60, 80)
        assert all_cached(masks)
        break
    assert not any(map(get_runtime().cache.is_cached, urls))


def test_loops_that_touch_no_media_bring_none(dataset: Any, requests_seen: RecordingProxy) -> None:
    for sample in dataset.iter_samples(autosave=True):
        sample["number"] = len(sample.filepath)
    assert dataset.count_values("number")
    assert nothing_more_comes(requests_seen) == 0


def test_a_file_from_elsewhere_brings_nothing(
    cloud: Cloud, dataset: Any, requests_seen: RecordingProxy
) -> None:
    other = cloud.put("other.jpg", encode(photograph("chelsea")[:60, :80]))
    for _ in dataset:
        foui.read(other)
    assert nothing_more_comes(requests_seen) == 1


def test_a_loop_that_was_left_brings_no_more(
    dataset: Any, urls: list[str], requests_seen: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFELIGHT_PREFETCH_SIZE_BYTES", str(5 * 2_000))
    runtime.reset()
    for sample in dataset:
        foui.read(sample.filepath)
        break
    assert nothing_more_comes(requests_seen) < COUNT / 2


def test_it_can_be_switched_off(
    dataset: Any, requests_seen: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFELIGHT_PREFETCH_SIZE_BYTES", "0")
    runtime.reset()
    for sample in itertools.islice(dataset, 2):
        foui.read(sample.filepath)
        assert nothing_more_comes(requests_seen) <= 2


def test_a_small_cache_leaves_little_room_for_what_comes_next() -> None:
    environ = {"FIFTYONE_MEDIA_CACHE_SIZE_BYTES": "1000"}
    assert load_config(environ).prefetch_limit() == 250
    assert load_config({"FIFTYONE_MEDIA_CACHE_SIZE_BYTES": "-1"}).prefetch_limit() == 67_108_864


def size_of(image: Any) -> tuple[int, ...]:
    """A transform that pickles by name."""
    return tuple(image.shape)


def identity(batch: list[Any]) -> list[Any]:
    return batch


@pytest.mark.parametrize("kind", ["images", "rows", "vectorized rows"])
def test_loaders_bring_the_batches_that_follow(dataset: Any, urls: list[str], kind: str) -> None:
    if kind == "images":
        loaded = fout.TorchImageDataset(samples=dataset, use_numpy=True, transform=size_of)
    else:
        loaded = dataset.to_torch(fout.ImageGetItem(use_numpy=True), vectorize=kind.startswith("vectorized"))
    batches = iter(DataLoader(loaded, batch_size=4, collate_fn=identity))
    next(batches)
    next(batches)

    assert all_cached(urls), "two batches have shown what comes next"
    assert sum(len(batch) for batch in batches) == COUNT - 8


def test_a_shuffled_loader_reads_each_object_once(dataset: Any, requests_seen: RecordingProxy) -> None:
    loaded = fout.TorchImageDataset(samples=dataset, use_numpy=True, transform=size_of)
    loader = DataLoader(loaded, batch_size=4, collate_fn=identity, shuffle=True)
    for _epoch in range(2):
        assert sum(len(batch) for batch in loader) == COUNT
    assert nothing_more_comes(requests_seen) == COUNT


@given(length=st.integers(0, 60), size=st.integers(1, 9), workers=st.integers(1, 5))
def test_batches_are_predicted_as_pytorch_deals_them_out(length: int, size: int, workers: int) -> None:
    dealt = list(BatchSampler(SequentialSampler(range(length)), size, drop_last=False))
    for worker in range(workers):
        mine = dealt[worker::workers]
        if mine:
            predicted = [list(batch) for batch in batches_after(mine[0], workers, length)]
            assert predicted == mine[1:]
        order = BatchOrder()
        assert [order.is_kept(batch, workers) for batch in mine] == [False, True, True, *[True] * 60][
            : len(mine)
        ]


@given(rows=st.lists(st.permutations(list(range(12))).map(lambda order: order[:4]), max_size=6))
def test_shuffled_batches_predict_nothing(rows: list[list[int]]) -> None:
    order = BatchOrder()
    for batch in rows:
        consecutive = batch == list(range(batch[0], batch[0] + 4))
        assert consecutive or not order.is_kept(batch, 1)


LOOP = """
    import sys, time
    import fiftyone as fo
    import fiftyone.utils.image as foui

    dataset = fo.load_dataset(sys.argv[1])
    for sample in dataset:
        foui.read(sample.filepath)
        print("reading", flush=True)
        {then}
"""


def start_loop(dataset: Any, then: str) -> subprocess.Popen[str]:
    prelude = "from safelight.dropin.instrument import instrument; instrument()\n"
    code = prelude + textwrap.dedent(LOOP.format(then=then))
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, dataset.name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SAFELIGHT_PREFETCH_SIZE_BYTES": "4000"},
    )


def test_the_process_ends_while_something_is_brought(dataset: Any) -> None:
    dataset.persistent = True
    with start_loop(dataset, "break") as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def test_an_interrupt_ends_the_loop(dataset: Any) -> None:
    dataset.persistent = True
    with start_loop(dataset, "time.sleep(60)") as process:
        assert process.stdout
        assert "reading\n" in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=50)
    assert process.returncode in {-signal.SIGINT, 130}, errors
    assert errors.strip().endswith("KeyboardInterrupt")
