"""Another person's process: the same dataset, through the team's API server, with that person's rights."""

import fiftyone as fo
from fiftyone import ViewField as F
from pymongo.errors import OperationFailure

dataset = fo.load_dataset("first-look")
print(f"{dataset.name}: {len(dataset)} photographs, {dataset.info['alike']} look like another one")

wide = dataset.match(F("metadata.width") > 600).sort_by("metadata.width", reverse=True)
for sample in wide.limit(3):
    print(f"  {sample.metadata.width} x {sample.metadata.height}  {sample.filepath}")

chelsea = dataset.match(F("filepath").ends_with("originals/chelsea.png")).first()
nearest = dataset.sort_by_similarity(chelsea.id, k=3, brain_key="alike")
print("most like Chelsea the cat:", [sample.filename for sample in nearest])
print(f"in the cache already: {dataset.cache_stats()['current_count']}")

# Whoever was granted "Can view" looks, and no more
try:
    dataset.add_sample(fo.Sample(filepath="s3://somewhere/mine.jpg"))
except OperationFailure as error:
    print("refused:", error.details["errmsg"])
