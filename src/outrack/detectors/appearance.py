"""Appearance for the boxes of any detector, from a network with appearance: Re-ID for every detector."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import iou
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.pictures import Picture
from outrack.linear_assignment import linear_sum_assignment
from outrack.structures import Detections, as_detections

__all__ = ["Appearance", "embeddings_at"]

MIN_IOU = 0.5
"""Overlap from which a box of the network and a given box show the same object."""
_WEAKEST = 0.05
"""Lowest score of the network's boxes: another detector has already decided that these are people."""


def embeddings_at(xyxy: NDArray[np.float64], found: Detections, *, dim: int, missing: float) -> NDArray[np.float32]:
    """Embeddings of boxes (N, 4): each takes that of the detection that covers it best, one to one.

    Args:
        xyxy: the boxes.
        found: detections with embeddings, of the same picture.
        dim: length of an embedding.
        missing: fills the rows of boxes without a detection of IoU 0.5.

    Returns:
        (N, dim).
    """
    embeddings = np.full((len(xyxy), dim), missing, np.float32)
    if len(xyxy) and len(found) and found.embeddings is not None:
        overlap = iou(np.asarray(xyxy, np.float64), found.xyxy)
        rows, columns = linear_sum_assignment(np.where(overlap >= MIN_IOU, overlap, 0), maximize=True)
        good = overlap[rows, columns] >= MIN_IOU
        embeddings[rows[good]] = found.embeddings[columns[good]]
    return embeddings


class Appearance:
    """Embeddings of given boxes from a network with appearance: the bundled one, or one of `outrack export`.

    The network runs once on the whole picture, regardless of the number of boxes. Given boxes and its own are assigned
    one to one for the largest sum of IoU. A box without a match of IoU 0.5 gets zeros, which mean unknown: the tracker
    then uses motion alone. Only ONNX Runtime is needed.

    ::

        appearance = outrack.Appearance()
        tracks = tracker.update(appearance.on(frame, my_detector(frame)))

    Args:
        weights: an ONNX file of `outrack export` whose network has appearance; None is the bundled one.
        device: as for `outrack.load_detector`.
        image_size: as for `outrack.load_detector`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the network has no appearance, or the file is not ours.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        device: str = "auto",
        image_size: int | tuple[int, int] | None = None,
    ) -> None:
        from outrack.detectors import load_detector  # which imports this module

        self._network: NetworkDetector = load_detector(
            weights, device=device, min_score=_WEAKEST, image_size=image_size
        )
        if not self._network.info.embedding_dim:
            raise ValueError(
                f"{weights}: this network ({self._network.info.name}) has no appearance; use the bundled one, or one "
                "with an embedding head, such as mobile-outrack"
            )

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return self._network.info.embedding_dim

    def __call__(self, picture: Picture, xyxy: NDArray[np.float64]) -> NDArray[np.float32]:
        """Embeddings (N, D) of length 1, or zeros, of boxes (N, 4) in a `Frame` or RGB pixels, uint8 (H, W, 3)."""
        if not len(xyxy):
            return np.zeros((0, self.dim), np.float32)
        return embeddings_at(xyxy, self._network(picture), dim=self.dim, missing=0.0)

    def on(self, picture: Picture, detections: object) -> Detections:
        """The detections with embeddings; those that already have embeddings are unchanged.

        Args:
            picture: a `Frame`, or RGB pixels, uint8 (H, W, 3).
            detections: anything that `outrack.as_detections` accepts.
        """
        found = as_detections(detections)
        return found if found.embeddings is not None else replace(found, embeddings=self(picture, found.xyxy))
