"""Crops of every person, sorted by identity."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from outrack.boxes import clip_xyxy
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.video.writers.base import Painted, Writer, failed_write

__all__ = ["CropWriter"]


class CropWriter(Writer):
    """Writes `folder/<id>/<frame>.jpg`, frames from 1, from the unpainted picture.

    Only detected boxes are cropped: a refound or predicted box shows the person in front.

    Args:
        folder: created with the first crop.
        quality: JPEG quality, 1 to 95.
    """

    def __init__(self, folder: Path, *, quality: int = 90) -> None:
        super().__init__(folder)
        self._quality = quality

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        pixels = frame.pixels
        height, width, _ = pixels.shape
        seen = tracks[tracks.states == TrackState.DETECTED]
        for track_id, xyxy in zip(seen.ids.tolist(), clip_xyxy(seen.xyxy, width, height).round(), strict=True):
            x1, y1, x2, y2 = (int(value) for value in xyxy)
            if x2 <= x1 or y2 <= y1:
                continue
            path = self.path / str(track_id) / f"{frame.index + 1:06d}.jpg"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels[y1:y2, x1:x2]).save(path, quality=self._quality)
            except OSError as error:
                raise failed_write(path, error, frame.index) from error

    def close(self) -> None:
        """Nothing to close."""
