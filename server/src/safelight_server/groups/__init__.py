"""Groups of users and service accounts, to share datasets with."""
