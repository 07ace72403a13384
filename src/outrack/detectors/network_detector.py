"""What all runtimes share: from a frame through an exported network to `Detections`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.input_size import CoverArea, InputSize, fit_into
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.outputs import check_outputs
from outrack.detectors.pictures import Picture, as_frame, picture_size
from outrack.detectors.scaling import scaled_image
from outrack.structures import Detections, Frame

__all__ = ["LanedNetwork", "NetworkDetector", "Run", "check_model_file", "network_image"]

Run = Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]
"""Named inputs to named outputs, as `outrack.export.export_onnx` describes them."""


@runtime_checkable
class LanedNetwork(Protocol):
    """A network that runs several times at once, each time on its share of the cores.

    Attributes:
        lanes: how many times.
    """

    @property
    def lanes(self) -> int: ...

    def run_in_lane(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """As a call of the network; from any thread."""
        ...


class NetworkDetector:
    """Runs an exported network on frames. It keeps nothing between frames.

    Args:
        run: the network.
        info: what the network's file says.
        min_score: score from which a box is given; the file's own threshold when left out.
        image_size: longest side, or the width and height to fit into, that frames are scaled to, or a rule; when left
            out as many pixels as the file's own size has, in the shape of the frame. More finds smaller people, and
            costs time in proportion to the area.
        classes: ids of the classes to keep; all when left out.

    Attributes:
        info: what the network's file says, and which settings of the tracker suit it.

    Raises:
        ValueError: `min_score`, `image_size` or `classes` is out of range.
    """

    def __init__(
        self,
        run: Run,
        info: ModelInfo,
        *,
        min_score: float | None = None,
        image_size: int | tuple[int, int] | InputSize | None = None,
        classes: Sequence[int] | None = None,
    ) -> None:
        if min_score is not None and not 0 <= min_score < 1:
            raise ValueError(f"min_score: expected a score from 0 to below 1, got {min_score}")
        unknown = [c for c in classes or () if not 0 <= c < len(info.classes)]
        if unknown:
            raise ValueError(f"classes: {unknown} are not among 0..{len(info.classes) - 1} of {info.name}")
        self.info = replace(info, resizable=info.tracker == "default")
        self._run = run
        self._min_score = info.score_threshold if min_score is None else min_score
        self._input_size = _rule(image_size, info)
        self._classes = None if classes is None else np.unique(classes)

    def __call__(self, frame: Picture) -> Detections:
        """Detections in the pixels of the picture, best first.

        Args:
            frame: a `Frame`, or RGB pixels, uint8 (H, W, 3).

        Raises:
            TypeError, ValueError: it is not a picture in RGB; says what to do.
        """
        return self.detect_batch([frame])[0]

    def detect_batch(self, frames: Sequence[Picture]) -> list[Detections]:
        """Detections of several pictures of one size in one run of the network.

        Raises:
            TypeError, ValueError: frames of different sizes, one without a picture in RGB, or a network whose outputs
                do not fit each other or are not finite.
        """
        return self._detect(self._run, frames)

    def _detect(self, run: Run, frames: Sequence[Picture]) -> list[Detections]:
        if not len(frames):
            return []
        given = [as_frame(frame) for frame in frames]
        sizes = {picture_size(frame) for frame in given}
        if len(sizes) > 1:
            raise ValueError(f"a batch holds frames of one size, got widths and heights {sorted(sizes)}")
        width, height = sizes.pop()
        size = self._input_size((width, height))
        images = np.stack([network_image(frame, size) for frame in given])
        outputs = run({"images": images})
        check_outputs(outputs, len(images), self.info)
        scale = np.array([width / size[0], height / size[1]])
        return [
            self._detections({name: values[i] for name, values in outputs.items()}, scale) for i in range(len(given))
        ]

    @property
    def lanes(self) -> int:
        """How many frames it looks at at once; see `ParallelDetector`."""
        return self._run.lanes if isinstance(self._run, LanedNetwork) else 1

    def start(self, frame: Frame) -> Callable[[], Detections]:
        """The work that a frame makes, to be called once, in any thread."""
        run = self._run.run_in_lane if self.lanes > 1 and isinstance(self._run, LanedNetwork) else self._run
        return lambda: self._detect(run, [frame])[0]

    def finish(self, frame: Frame, found: Detections) -> None:
        """Nothing to take note of: frames do not depend on each other."""

    def at_size(self, image_size: int | tuple[int, int] | InputSize) -> Self:
        """The same network at another size, as of the argument `image_size`; this one stays as it is."""
        other = copy.copy(self)
        other._input_size = _rule(image_size, self.info)
        return other

    def size_of(self, frame: Picture) -> tuple[int, int]:
        """Width and height at which the network sees a picture."""
        return self._input_size(picture_size(as_frame(frame)))

    def reset(self) -> None:
        """Nothing to forget."""

    def _detections(self, outputs: Mapping[str, NDArray[Any]], scale: NDArray[np.float64]) -> Detections:
        """The outputs of one image that pass the thresholds; `scale` (2,) leads from the network's to frame pixels."""
        scores, boxes = outputs["scores"], outputs["boxes"]
        class_ids = outputs.get("classes", np.zeros(len(scores), np.int64))
        # A network that has not learned much sees boxes with x2 < x1 or y2 < y1, which no tracker takes.
        keep = (scores >= self._min_score) & (boxes[:, 2:] >= boxes[:, :2]).all(axis=1)
        if self._classes is not None:
            keep &= np.isin(class_ids, self._classes)
        embeddings, displacements = outputs.get("embeddings"), outputs.get("displacements")
        occlusions = outputs.get("occlusions")
        if occlusions is not None:
            likely = occlusions[:, 2] >= self.info.occlusion_threshold
            occlusions = occlusions[likely].astype(np.float64) * [*scale, 1]
        return Detections(
            xyxy=boxes[keep] * np.tile(scale, 2),
            scores=scores[keep],
            class_ids=class_ids[keep],
            embeddings=None if embeddings is None else embeddings[keep],
            occlusions=occlusions,
            displacements=None if displacements is None else displacements[keep] * scale,
        )


def _rule(image_size: int | tuple[int, int] | InputSize | None, info: ModelInfo) -> InputSize:
    if image_size is None:
        return CoverArea(info.size[0] * info.size[1])
    return fit_into(image_size) if isinstance(image_size, int | tuple) else image_size


def check_model_file(path: Path) -> None:
    """Refuse what can be seen not to be an ONNX file before a runtime says it less clearly.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is a folder, empty, or a checkpoint.
    """
    if path.is_dir():
        raise ValueError(f"{path}: expected an ONNX file, this is a folder")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such weights file")
    if path.suffix in (".safetensors", ".pth", ".pt", ".ckpt"):
        raise ValueError(f"{path}: tracking needs an ONNX file; make one of this checkpoint with `outrack export`")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty; copy or download it again")


def network_image(picture: Frame | NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A frame, or an image (H, W, 3), at `size` (width, height), channels first, (3, height, width)."""
    if isinstance(picture, Frame):
        return scaled_image(picture.pixels, size) if picture.decoded is None else picture.decoded.scaled_planes(size)
    return scaled_image(picture, size)
