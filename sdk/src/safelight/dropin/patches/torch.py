"""PyTorch: the image loader of upstream's datasets, and the dictionaries that users' `GetItem`s get."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from safelight.dropin.patch import Patch, Target

_IMAGE_DATASETS: Final = (
    "TorchImageDataset",
    "TorchImageClassificationDataset",
    "TorchImagePatchesDataset",
)


def _load_image(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.local import localize

    @wraps(original)
    def load_image(image_path: Any, *args: Any, **kwargs: Any) -> Any:
        return original(localize(image_path), *args, **kwargs)

    return load_image


def _prepared_images(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.loaders import prepare_for_workers

    @wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - the method it wraps
        original(self, *args, **kwargs)
        if len(self.image_paths):
            prepare_for_workers(self.image_paths[0].decode())

    return __init__


def _prepared_samples(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.loaders import prepare_for_workers

    @wraps(original)
    def __init__(self: Any, samples: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - the method it wraps
        original(self, samples, *args, **kwargs)
        # Of the whole dataset: the first of a view may take all of the view's stages.
        for path in samples._root_dataset.limit(1).values("filepath"):  # noqa: SLF001 - as upstream does itself
            prepare_for_workers(path)

    return __init__


def _image_batch(_original: Any) -> Callable[..., Any]:
    from safelight.dropin.media.loaders import announce
    from safelight.dropin.media.local import localize_all

    def __getitems__(self: Any, indices: Any) -> list[Any]:  # noqa: N807 - the name that PyTorch looks for
        """Items as `__getitem__` makes them; their images are downloaded side by side."""

        def paths_of(rows: Any) -> list[str]:
            return [self.image_paths[row].decode() for row in rows]

        copies = localize_all(paths_of(indices))
        if copies.paths:
            announce(self, indices, paths_of, missed=copies.missed)
        return [self[index] for index in indices]

    return __getitems__


def _prepare_batch(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.batches import first_error, localize_rows, media_fields_of, remote_media
    from safelight.dropin.media.loaders import announce

    @wraps(original)
    def prepare_batch(self: Any, indices: Any) -> Any:
        def media_fields() -> frozenset[str]:
            return media_fields_of(self.samples)

        def paths_of(rows: Any) -> list[str]:
            return remote_media(original(self, rows), self.field_mapping, media_fields)

        rows, copies = localize_rows(original(self, indices), self.field_mapping, media_fields)
        if copies.paths:
            announce(self, indices, paths_of, missed=copies.missed)
        errors = [first_error(row) for row in rows]
        if not self.skip_failures:
            for error in filter(None, errors):
                raise error
        return [error or row for error, row in zip(errors, rows, strict=True)]

    return prepare_batch


def _get_samples_dict(original: Callable[..., Any]) -> Callable[..., Any]:
    from safelight.dropin.media.batches import first_error, localize_rows, media_fields_of

    @wraps(original)
    def get_samples_dict_for_get_item(samples: Any, field_mapping: Any, skip_failures: bool = False) -> Any:
        samples = list(samples)
        rows, _ = localize_rows(
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
        *(
            Target(
                module="fiftyone.utils.torch",
                attribute=f"FiftyOneTorchDataset.{method}",
                make=_prepare_batch,
                why="a user's GetItem opens d['filepath'] itself",
                signature="(self, indices)",
            )
            for method in ("_prepare_batch_db", "_prepare_batch_vectorized")
        ),
        *(
            Target(
                module="fiftyone.utils.torch",
                attribute=f"{name}.__getitems__",
                make=_image_batch,
                why="images would be downloaded one after the other",
                added=True,
            )
            for name in _IMAGE_DATASETS
        ),
        *(
            Target(
                module="fiftyone.utils.torch",
                attribute=f"{name}.__init__",
                make=_prepared_images,
                why="each worker would import the store's libraries",
            )
            for name in _IMAGE_DATASETS
        ),
        Target(
            module="fiftyone.utils.torch",
            attribute="FiftyOneTorchDataset.__init__",
            make=_prepared_samples,
            why="each worker would import the store's libraries",
        ),
        Target(
            module="fiftyone.utils.torch",
            attribute="get_samples_dict_for_get_item",
            make=_get_samples_dict,
            why="as a GetItem's dictionaries, for models that are applied without a data loader",
            signature="(samples, field_mapping, skip_failures=False)",
        ),
    ),
)
