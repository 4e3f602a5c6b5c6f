"""Another process, perhaps another person's: the same dataset, from the same database and bucket."""

import fiftyone as fo
from fiftyone import ViewField as F

dataset = fo.load_dataset("first-look")
print(f"{dataset.name}: {len(dataset)} photographs, {dataset.info['alike']} look like another one")

wide = dataset.match(F("metadata.width") > 600).sort_by("metadata.width", reverse=True)
for sample in wide.limit(3):
    print(f"  {sample.metadata.width} x {sample.metadata.height}  {sample.filepath}")

chelsea = dataset.match(F("filepath").ends_with("originals/chelsea.png")).first()
nearest = dataset.sort_by_similarity(chelsea.id, k=3, brain_key="alike")
print("most like Chelsea the cat:", [sample.filename for sample in nearest])
print(f"in the cache already: {dataset.cache_stats()['current_count']}")
