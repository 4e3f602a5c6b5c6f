"""Oracle Cloud Infrastructure Object Storage, by its native API."""
