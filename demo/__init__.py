"""`make demo`: the whole main job on one machine, step by step."""
