"""Small models for the rows: their weights are random, but always the same.

The zoo's own models want weights from the network, and torchvision, which has no build for a PyTorch without
CUDA on the package index; these go the same ways through upstream: by image, by batch and by data loader.
"""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.core.models as fom
import numpy as np
import torch
from numpy.typing import NDArray

from support.stand_ins import provide_stand_in

provide_stand_in("torchvision")  # upstream's loaders import it

Pixels = NDArray[np.uint8]


class MeanColour(fom.Model, fom.EmbeddingsMixin):  # type: ignore[misc] # upstream is untyped
    """Classifies by brightness; its embeddings are mean colours. One image at a time, or a batch of them."""

    media_type = "image"
    ragged_batches = True
    transforms = None
    preprocess = False
    has_embeddings = True

    def predict(self, arg: Pixels) -> fo.Classification:
        mean = float(np.asarray(arg).mean())
        return fo.Classification(label="bright" if mean > 110 else "dark", confidence=mean / 255)

    def embed(self, arg: Pixels) -> NDArray[Any]:
        return np.asarray(np.asarray(arg).mean(axis=(0, 1)))


class MeanOfVideo(MeanColour):
    """The same of a whole video."""

    media_type = "video"

    def predict(self, arg: Any) -> fo.Classification:
        return super().predict(np.stack(list(arg)))


def to_tensor(image: Any) -> torch.Tensor:
    """A square of fixed size out of the corner of an image; pickles by name."""
    pixels = np.asarray(image)[:64, :64].transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(pixels)).float() / 255


class RandomNetwork(fom.Model, fom.TorchModelMixin, fom.EmbeddingsMixin):  # type: ignore[misc] # upstream is untyped
    """A convolution and a pooling, fed by upstream's data loaders."""

    media_type = "image"
    ragged_batches = False
    preprocess = False
    has_embeddings = True

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(51)
        self._weights = torch.randn(4, 3, 5, 5, generator=generator)

    @property
    def transforms(self) -> Any:
        return to_tensor

    def embed(self, arg: Any) -> NDArray[Any]:
        (embedding,) = self.embed_all(arg[None])
        return np.asarray(embedding)

    def embed_all(self, args: Any) -> NDArray[Any]:
        answers = torch.nn.functional.conv2d(args, self._weights).relu().mean(dim=(2, 3))
        return np.asarray(answers.numpy().astype(float))

    def predict(self, arg: Any) -> fo.Classification:
        return self.predict_all(arg[None])[0]

    def predict_all(self, args: Any) -> list[fo.Classification]:
        return [
            fo.Classification(label=str(int(row.argmax())), confidence=float(row.max()), logits=row)
            for row in self.embed_all(args)
        ]


class Halves(MeanColour):
    """Segments an image into what is brighter than its mean and what is darker, and maps how bright it is."""

    def predict(self, arg: Pixels) -> dict[str, Any]:
        grey = np.asarray(arg).mean(axis=2)
        return {
            "mask": fo.Segmentation(mask=(grey > grey.mean()).astype(np.uint8)),
            "heat": fo.Heatmap(map=np.round(grey / 255, 2).astype(np.float32)),
        }
