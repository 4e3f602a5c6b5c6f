"""Amazon S3 and everything that speaks it."""

from safelight.storage.s3.store import S3Provider, S3Store

__all__ = ["S3Provider", "S3Store"]
