"""What the user may choose."""

from __future__ import annotations

from typing import Final

COMPRESSORS: Final = ("lz4", "zlib", "bz2", "lzma", "none")
"""Values of `api_compressor`; the first is the default."""

TRANSFER_METHODS: Final = ("bytes", "str")
"""Values of `api_transfer_method`; the first is the default."""
