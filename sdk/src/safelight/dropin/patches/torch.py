"""PyTorch: the image loader of upstream's datasets, and the dictionaries that users' `GetItem`s get."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from safelight.dropin.patch import Patch, Target


def _load_image(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize

    @wraps(original)
    def load_image(image_path: Any, *args: Any, **kwargs: Any) -> Any:
        return original(localize(image_path), *args, **kwargs)

    return load_image


def _build_batch(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.batches import first_error, localize_rows, media_fields_of

    @wraps(original)
    def build_batch(self: Any, *args: Any, **kwargs: Any) -> Any:
        rows = localize_rows(
            original(self, *args, **kwargs), self.field_mapping, lambda: media_fields_of(self.samples)
        )
        errors = [first_error(row) for row in rows]
        if not self.skip_failures:
            for error in filter(None, errors):
                raise error
        return [error or row for error, row in zip(errors, rows, strict=True)]

    return build_batch


def _get_samples_dict(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.batches import first_error, localize_rows, media_fields_of

    @wraps(original)
    def get_samples_dict_for_get_item(samples: Any, field_mapping: Any, skip_failures: bool = False) -> Any:
        samples = list(samples)
        rows = localize_rows(
            original(samples, field_mapping, skip_failures=skip_failures),
            field_mapping,
            lambda: media_fields_of(samples[0]._dataset),  # noqa: SLF001 - the public name makes a view's dataset
        )
        if not skip_failures:
            for error in filter(None, map(first_error, rows)):
                raise error
        return rows

    return get_samples_dict_for_get_item


PATCH = Patch(
    name="torch",
    summary="data loaders and GetItems get local files, a batch at a time",
    targets=(
        Target(
            module="fiftyone.utils.torch",
            attribute="_load_image",
            make=_load_image,
            why="PIL and OpenCV open local files",
            signature="(image_path, use_numpy, force_rgb)",
        ),
        Target(
            module="fiftyone.utils.torch",
            attribute="FiftyOneTorchDataset._build_batch",
            make=_build_batch,
            why="a user's GetItem opens d['filepath'] itself",
            signature="(self, columns, coords, sample_pos)",
        ),
        Target(
            module="fiftyone.utils.torch",
            attribute="get_samples_dict_for_get_item",
            make=_get_samples_dict,
            why="as _build_batch, for models that are applied without a data loader",
            signature="(samples, field_mapping, skip_failures=False)",
        ),
    ),
)
