"""Runs: evaluations, brain methods, annotation and custom runs."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.brain as fob
import numpy as np

from support.actions.registry import action


@action("EDIT")
def custom_runs(name: str) -> object:
    dataset = fo.load_dataset(name)
    config = fo.core.runs.RunConfig()
    dataset.register_run("mine", config)
    results = dataset.init_run_results("mine")
    results.table = list(range(100))
    dataset.save_run_results("mine", results)
    results.table = []
    dataset.save_run_results("mine", results, overwrite=True)
    dataset.rename_run("mine", "ours")
    dataset.load_run_results("ours", cache=False)
    dataset.delete_run("ours")
    dataset.delete_runs()
    return dataset


@action("EDIT")
def evaluate(name: str) -> object:
    dataset = fo.load_dataset(name)
    results = dataset.evaluate_detections(
        "predictions", gt_field="ground_truth", eval_key="second", compute_mAP=True, progress=False
    )
    dataset.evaluate_classifications("guess", gt_field="weather", eval_key="sky", progress=False)
    dataset.rename_evaluation("second", "third")
    dataset.delete_evaluations()
    return results.mAP()


@action("EDIT")
def brain_methods(name: str) -> object:
    dataset = fo.load_dataset(name)
    vectors = np.array(dataset.values("vector"))
    index = fob.compute_similarity(dataset, embeddings=vectors, brain_key="near", backend="sklearn")
    view = dataset.sort_by_similarity(dataset.first().id, k=2, brain_key="near")
    assert len(view) == 2
    fob.compute_visualization(dataset, embeddings=vectors, method="pca", brain_key="map")
    dataset.load_brain_results("map", cache=False)
    dataset.rename_brain_run("near", "close")
    dataset.delete_brain_runs()
    return index
