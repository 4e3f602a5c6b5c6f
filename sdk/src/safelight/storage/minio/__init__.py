"""MinIO: S3 at an endpoint of its own, with credentials of its own."""
