"""The whole stack on one machine, without Docker: MongoDB, an S3 store and the package index."""
