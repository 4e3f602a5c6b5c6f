"""Databricks: Unity Catalog volumes by the Files API, and DBFS by its own."""
