"""Stands in for torchvision, which has no build for a PyTorch without CUDA on the package index.

`fiftyone.utils.torch` imports it for its zoo of models; nothing that the tests use needs it.
"""

from . import transforms

__all__ = ["transforms"]
