"""Functional transforms: none."""
