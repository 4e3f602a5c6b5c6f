"""A tiny embedding model: what an image looks like from far away. No weights to download, real pixels."""

import cv2
import fiftyone as fo
import fiftyone.core.models as fom
import numpy as np


class FarView(fom.EmbeddingsMixin, fo.Model):
    """Embeds an image as its 16 x 16 pixel version, with the average brightness taken out."""

    SIDE = 16

    @property
    def media_type(self):
        return "image"

    @property
    def ragged_batches(self):
        return True

    @property
    def transforms(self):
        return None

    @property
    def preprocess(self):
        return False

    @preprocess.setter
    def preprocess(self, value):
        pass

    @property
    def has_embeddings(self):
        return True

    def embed(self, image):
        """The vector of one image, a uint8 array of shape (height, width, 3)."""
        small = cv2.resize(image[..., :3], (self.SIDE, self.SIDE), interpolation=cv2.INTER_AREA)
        vector = small.astype(np.float32).ravel()
        vector -= vector.mean()
        return vector / (np.linalg.norm(vector) + 1e-6)

    def embed_all(self, images):
        return np.stack([self.embed(image) for image in images])
