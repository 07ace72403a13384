"""Which detections a tracker can work with: what would poison its memory is refused before anything has moved."""

from __future__ import annotations

from dataclasses import replace

from outrack.structures import Detections

__all__ = ["validate_detections"]


def validate_detections(detections: Detections, *, needs_displacements: bool) -> Detections:
    """The detections; none of them have no embeddings, whatever the shape of no rows.

    Args:
        detections: of one frame, as the caller of the tracker gave them.
        needs_displacements: the association is CenterTrack's.

    Raises:
        TypeError: they are no `Detections`.
        ValueError: a box has x2 < x1 or y2 < y1, or displacements are needed and there are none.
    """
    if not isinstance(detections, Detections):
        raise TypeError(
            f"expected outrack.Detections(xyxy=boxes, scores=scores), got {type(detections).__module__}."
            f"{type(detections).__name__}"
        )
    if not len(detections):
        return replace(detections, embeddings=None)
    reversed_boxes = (detections.xyxy[:, 2:] < detections.xyxy[:, :2]).any(axis=1)
    if reversed_boxes.any():
        bad = int(reversed_boxes.argmax())
        raise ValueError(
            f"detection {bad} has x2 < x1 or y2 < y1: box {detections.xyxy[bad].tolist()}; expected the corners "
            "x1, y1, x2, y2 with x1 <= x2 and y1 <= y2, not x, y, width, height"
        )
    if needs_displacements and detections.displacements is None:
        raise ValueError(
            'association "displacement" needs a detector that predicts displacements, such as CenterTrack. '
            'For other detectors take "appearance", which also works by overlap alone.'
        )
    return detections
