"""The rows, by area; each module registers its own when it is imported."""
