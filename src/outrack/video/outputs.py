"""All outputs of one run: the files, the painted pictures in them, and the crops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.atomic import check_writable
from outrack.structures import Frame, Tracks
from outrack.video.loop import FrameResult
from outrack.video.output_files import NAME
from outrack.video.painter import Painter
from outrack.video.pixels import DecodedPicture
from outrack.video.sources import VideoSource
from outrack.video.writers import CropWriter, Painted, Writers

__all__ = ["RunOutputs", "open_crops", "painted_frame"]


class RunOutputs:
    """Paints and writes the results of one run.

    Args:
        video: the open source.
        writers: writers of the files; the caller who opened them closes them.
        painter: draws the pictures.
        crops: writer of crops; None for no crops.
    """

    def __init__(
        self, video: VideoSource, writers: Writers, painter: Painter, *, crops: CropWriter | None = None
    ) -> None:
        self._video, self._writers, self._crops, self._painter = video, writers, crops, painter

    def paint(self, result: FrameResult) -> Painted:
        """The picture to write: planes if the source has those of a video, otherwise RGB uint8 (H, W, 3)."""
        shown, occlusions = _shown(result.frame, self._video), result.detections.occlusions
        return painted_frame(shown, self._painter, result.tracks, occlusions)

    def write(self, result: FrameResult, painted: Painted | None) -> None:
        """Write one frame to all of them; errors as for `Writer.write`."""
        self._writers.write(*result, painted)
        if self._crops is not None and result.frame.size is not None:
            self._crops.write(*result)


def painted_frame(
    frame: Frame, painter: Painter, tracks: Tracks, occlusions: NDArray[np.float64] | None = None
) -> Painted:
    """A copy of a frame with its tracks drawn on it: planes if it has those of a video, otherwise RGB."""
    # A custom painter may only draw in RGB.
    if type(painter) is Painter and isinstance(frame.decoded, DecodedPicture):
        planes = frame.decoded.planes()
        if planes is not None:
            painter.paint_planes(planes, tracks, occlusions)
            return planes
    return painter.paint(frame.pixels, tracks, occlusions)


def _shown(frame: Frame, video: VideoSource) -> Frame:
    """The frame to draw on: grey if it has no picture."""
    if frame.size is None and video.size is not None:
        return replace(frame, picture=np.full((video.size[1], video.size[0], 3), 128, np.uint8))
    return frame


def open_crops(asked: str | Path, name: str, *, overwrite: bool) -> CropWriter:
    """The writer of crops for a source called `name`.

    Raises:
        FileExistsError: the folder contains files, and `overwrite` is off.
        OSError: it cannot be created.
    """
    folder = Path(str(asked).replace(NAME, name))
    check_writable(folder / "1")
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(
            f"{folder}: already contains files, which would mix with these crops. Choose another folder, or add "
            "to it (--overwrite, in Python overwrite=True)."
        )
    return CropWriter(folder)
