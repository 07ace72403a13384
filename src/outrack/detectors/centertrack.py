"""CenterTrack as a detector: its inputs include the previous frame and the objects in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import clip_xyxy, gaussian_radius
from outrack.detectors.heatmap import draw_gaussian
from outrack.detectors.input_size import InputSize
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.network_detector import NetworkDetector, RunNetwork
from outrack.detectors.outputs import check_outputs
from outrack.detectors.pictures import Picture, as_frame, picture_size
from outrack.detectors.placement import Placement
from outrack.structures import Detections, Frame

__all__ = ["CenterTrackDetector", "prior_heat"]

PRIOR_SCORE = 0.5
"""Boxes with at least this score are shown to the network in the next frame (CenterTrack: pre_thresh)."""


@dataclass(frozen=True, slots=True, eq=False)
class PreviousFrame:
    """State after a frame: its size in pixels (width, height), and the network's next two extra inputs."""

    frame_size: tuple[int, int]
    image: NDArray[np.uint8]
    heat: NDArray[np.float32]


class CenterTrackDetector(NetworkDetector):
    """Runs an exported CenterTrack on the frames of one stream, in order. Every stream needs its own detector.

    The network's extra input has its own confident boxes of the previous frame. The official tracker uses the tracks
    instead; these are the same boxes, since there every confident detection of a frame is a track. Only boxes of people
    who were refound without a detection, and public detections that started no track, differ: the former are not shown
    here, the latter are.

    The first frame, and one whose size differs from the previous frame, is its own previous frame, without objects.

    Args:
        run, info, min_score, image_size, classes: as for `NetworkDetector`.
    """

    def __init__(
        self,
        run: RunNetwork,
        info: ModelInfo,
        *,
        min_score: float | None = None,
        image_size: int | tuple[int, int] | InputSize | None = None,
        classes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(
            run, replace(info, tracker="centertrack"), min_score=min_score, image_size=image_size, classes=classes
        )
        self._previous: PreviousFrame | None = None

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture, best first, with displacements."""
        frame = as_frame(frame)
        width, height = picture_size(frame)
        size = self.size_of(frame)
        placement = Placement((width, height), size, self.info.margin)
        image = placement.image(frame)
        previous = self._previous
        if previous is None or previous.frame_size != (width, height):
            previous = PreviousFrame((width, height), image, np.zeros((1, size[1], size[0]), np.float32))
        inputs: dict[str, NDArray[Any]] = {
            "images": image[None],
            "previous_images": previous.image[None],
            "previous_heat": previous.heat[None],
        }
        batch = self._run(inputs)
        check_outputs(batch, 1, self.info)
        outputs = {name: values[0] for name, values in batch.items()}
        found = self._detections(outputs, placement)
        sure = placement.to_input(found.xyxy[found.scores >= PRIOR_SCORE])
        self._previous = PreviousFrame((width, height), image, prior_heat(sure, size)[None])
        return found

    @property
    def num_parallel(self) -> int:
        """One: each frame needs the previous one."""
        return 1

    def start(self, frame: Frame) -> Callable[[], Detections]:
        """The work of one frame, to be done in the order of the stream."""
        return lambda: self(frame)

    def detect_batch(self, frames: Sequence[Picture]) -> list[Detections]:
        """Detections of consecutive frames of the stream, one after the other: each needs the previous one."""
        return [self(frame) for frame in frames]

    def reset(self) -> None:
        """Forget the stream; the next frame is the first one."""
        self._previous = None


def prior_heat(xyxy: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """The previous positions of people: a Gaussian at the centre of every box, at full resolution
    (notes#centertrack-data).

    Args:
        xyxy: boxes in pixels of the network's input, (N, 4).
        size: width and height of the input.

    Returns:
        (height, width), 0..1.
    """
    width, height = size
    heat = np.zeros((height, width), np.float32)
    for x1, y1, x2, y2 in clip_xyxy(xyxy, width, height):
        if x2 > x1 and y2 > y1:
            radius = int(gaussian_radius(np.ceil(y2 - y1), np.ceil(x2 - x1)))
            draw_gaussian(heat, int((x1 + x2) / 2), int((y1 + y2) / 2), radius)
    return heat
