"""A plain FiftyOne script. The only thing about it that is not local is the address of the photographs.

Usage: first_look.py s3://BUCKET/PREFIX
"""

import sys

import fiftyone as fo
import fiftyone.brain as fob
import fiftyone.core.storage as fos
from pixels import FarView

prefix = sys.argv[1]

# A dataset of whatever lies in the bucket
paths = fos.list_files(prefix, abs_paths=True, recursive=True)
dataset = fo.Dataset("first-look", overwrite=True, persistent=True)
dataset.add_samples([fo.Sample(filepath=path, tags=[path.split("/")[-2]]) for path in paths])
print(dataset)

# Sizes and types, without downloading the photographs
dataset.compute_metadata()
size, widest = dataset.sum("metadata.size_bytes"), dataset.bounds("metadata.width")[1]
print(f"{size / 1e6:.1f} MB, up to {widest} pixels wide")

# Everything at once into the local media cache, with a progress bar
dataset.download_media(progress=True)
print(f"the first one is {dataset.first().filepath}, here: {dataset.first().local_path}")

# Real work on pixels: an embedding per photograph, a map of them, and the ones that look alike
dataset.compute_embeddings(FarView(), embeddings_field="far_view")
fob.compute_visualization(dataset, embeddings="far_view", method="pca", brain_key="map")
index = fob.compute_similarity(dataset, embeddings="far_view", brain_key="alike", backend="sklearn")
index.find_duplicates(thresh=0.05)
print(f"{len(index.duplicate_ids)} of {len(dataset)} photographs look like another one")

# Byte for byte the same
copies = fob.compute_exact_duplicates(dataset)
print(f"{sum(map(len, copies.values()))} are exact copies")

dataset.info["alike"] = len(index.duplicate_ids)
dataset.save()
print(fo.media_cache.stats())
