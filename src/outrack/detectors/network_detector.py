"""Common part of all runtimes: from a frame through an exported network to `Detections`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.close_people import may_show_close_people, with_close_people
from outrack.detectors.input_size import SMALLEST_SIDE, CoverArea, InputSize, fit_into
from outrack.detectors.model_info import ModelInfo
from outrack.detectors.outputs import check_outputs
from outrack.detectors.pictures import Picture, as_frame, picture_size
from outrack.detectors.placement import Placement
from outrack.structures import Detections, Frame

__all__ = ["MultiSourceNetwork", "NetworkDetector", "ParallelNetwork", "RunNetwork", "check_model_file"]

RunNetwork = Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]
"""Named inputs to named outputs, as `outrack.export.export_onnx` describes them."""
Outputs = Mapping[str, NDArray[Any]]
"""Named outputs for one picture."""

LEAST_RATIO = 3
"""A second run for close people has at most a third of the pixels of the first one; otherwise it hardly differs."""


@runtime_checkable
class ParallelNetwork(Protocol):
    """A network that runs several times at once, each on its share of the cores.

    Attributes:
        num_parallel: number of parallel runs.
    """

    @property
    def num_parallel(self) -> int: ...

    def run_in_parallel(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Like a call of the network; from any thread."""
        ...


@runtime_checkable
class MultiSourceNetwork(Protocol):
    """A network that several sources run at one size, since only inputs of one size are one batch."""

    def pixels_for(self, frame_rate: float) -> int:
        """The common size, in pixels, at which it keeps up with all sources, this one at `frame_rate`."""
        ...


class NetworkDetector:
    """Runs an exported network on frames. It is stateless.

    Args:
        run: the network.
        info: metadata of the network.
        min_score: lowest score of returned boxes; by default the file's own threshold.
        image_size: longest side, or the width and height to fit into, that frames are scaled to, or a rule; by default
            as many pixels as the file's own size, with the aspect ratio of the frame. Larger sizes find smaller people,
            and cost time in proportion to the area.
        classes: ids of the classes to keep; by default all.

    Attributes:
        info: metadata of the network, and suitable tracker settings.

    Raises:
        ValueError: `min_score`, `image_size` or `classes` is out of range.
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
            TypeError, ValueError: it is not an RGB picture; says what to do.
        """
        return self.detect_batch([frame])[0]

    def detect_batch(self, frames: Sequence[Picture]) -> list[Detections]:
        """Detections of several pictures of one size in one run of the network.

        Raises:
            TypeError, ValueError: frames of different sizes, one without an RGB picture, or a network whose outputs are
                inconsistent or not finite.
        """
        return self._detect(self._run, frames)

    def _detect(self, run: RunNetwork, frames: Sequence[Picture]) -> list[Detections]:
        if not len(frames):
            return []
        given = [as_frame(frame) for frame in frames]
        sizes = {picture_size(frame) for frame in given}
        if len(sizes) > 1:
            raise ValueError(f"a batch needs frames of one size, got widths and heights {sorted(sizes)}")
        picture = sizes.pop()
        placement = Placement(picture, self._input_size(picture), self.info.margin)
        outputs = self._outputs(run, given, placement)
        found = [self._detections(one, placement) for one in outputs]
        smaller = self._smaller(placement)
        if smaller is None:
            return found
        height = placement.inner[1]
        rows = [
            row for row, one in enumerate(outputs) if may_show_close_people(one["boxes"], one["scores"], height=height)
        ]
        if rows:
            for row, one in zip(rows, self._outputs(run, [given[row] for row in rows], smaller), strict=True):
                found[row] = with_close_people(found[row], self._detections(one, smaller), picture)
        return found

    def _outputs(self, run: RunNetwork, frames: Sequence[Frame], placement: Placement) -> list[Outputs]:
        """What the network says of each frame, in pixels of its input."""
        images = np.stack([placement.image(frame) for frame in frames])
        outputs = run({"images": images})
        check_outputs(outputs, len(images), self.info)
        return [{name: values[row] for name, values in outputs.items()} for row in range(len(images))]

    def _smaller(self, placement: Placement) -> Placement | None:
        """The input of a second run for close people; None if the first one is hardly larger, or there is no second."""
        share = self.info.close_share
        pixels = round(share * self.info.size[0] * self.info.size[1])
        if not share or placement.size[0] * placement.size[1] < LEAST_RATIO * pixels:
            return None
        return replace(placement, size=CoverArea(max(pixels, SMALLEST_SIDE**2))(placement.picture))

    @property
    def num_parallel(self) -> int:
        """Number of frames processed at once; see `ParallelDetector`."""
        return self._run.num_parallel if isinstance(self._run, ParallelNetwork) else 1

    def start(self, frame: Frame) -> Callable[[], Detections]:
        """The work of one frame, to be called once, in any thread."""
        run = (
            self._run.run_in_parallel if self.num_parallel > 1 and isinstance(self._run, ParallelNetwork) else self._run
        )
        return lambda: self._detect(run, [frame])[0]

    def finish(self, frame: Frame, found: Detections) -> None:
        """Nothing to do: frames are independent."""

    def at_size(self, image_size: int | tuple[int, int] | InputSize) -> Self:
        """A copy that runs at another size, given as `image_size` of the class; this one is unchanged."""
        other = copy.copy(self)
        other._input_size = _rule(image_size, self.info)
        return other

    def at_common_size(self, frame_rate: float) -> Self | None:
        """At the size of all sources that share the network; None if it is not shared.

        Args:
            frame_rate: frames per second of this source.
        """
        network: object = self._run
        if not isinstance(network, MultiSourceNetwork):
            return None
        return self.at_size(CoverArea(network.pixels_for(frame_rate)))

    def size_of(self, frame: Picture) -> tuple[int, int]:
        """Width and height of the network's input for a picture."""
        return self.size_for(picture_size(as_frame(frame)))

    def size_for(self, picture: tuple[int, int]) -> tuple[int, int]:
        """The same for the width and height of a picture."""
        return self._input_size(picture)

    def reset(self) -> None:
        """No state to reset."""

    def _detections(self, outputs: Outputs, placement: Placement) -> Detections:
        """The outputs of one image that pass the thresholds, in pixels of the frame."""
        scores, boxes = outputs["scores"], outputs["boxes"]
        class_ids = outputs.get("classes", np.zeros(len(scores), np.int64))
        # A barely trained network predicts boxes with x2 < x1 or y2 < y1, which no tracker accepts.
        keep = (scores >= self._min_score) & (boxes[:, 2:] >= boxes[:, :2]).all(axis=1)
        if self._classes is not None:
            keep &= np.isin(class_ids, self._classes)
        embeddings, displacements = outputs.get("embeddings"), outputs.get("displacements")
        occlusions = outputs.get("occlusions")
        if occlusions is not None:
            likely = occlusions[:, 2] >= self.info.occlusion_threshold
            occlusions = np.column_stack((placement.to_picture(occlusions[likely, :2]), occlusions[likely, 2]))
        return Detections(
            xyxy=placement.to_picture(boxes[keep]),
            scores=scores[keep],
            class_ids=class_ids[keep],
            embeddings=None if embeddings is None else embeddings[keep],
            occlusions=occlusions,
            displacements=None if displacements is None else displacements[keep] * placement.scale,
        )


def _rule(image_size: int | tuple[int, int] | InputSize | None, info: ModelInfo) -> InputSize:
    if image_size is None:
        return CoverArea(info.size[0] * info.size[1])
    return image_size if callable(image_size) else fit_into(image_size)


def check_model_file(path: Path) -> None:
    """Refuse obvious non-ONNX files with a clearer message than the runtimes'.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is a folder, empty, or a checkpoint.
    """
    if path.is_dir():
        raise ValueError(f"{path}: expected an ONNX file, got a folder")
    if not path.is_file():
        hint = "" if path.suffix else "; the bundled networks are called default and open"
        raise FileNotFoundError(f"{path}: no such weights file{hint}")
    if path.suffix in (".safetensors", ".pth", ".pt", ".ckpt"):
        raise ValueError(f"{path}: tracking needs an ONNX file; make one from this checkpoint with `outrack export`")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty; copy or download it again")
