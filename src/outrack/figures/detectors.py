"""Detectors for figures: a network with its occlusion map, or the ground truth of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import occlusion_pairs, xyxy_centres
from outrack.datasets import MotSequence
from outrack.datasets.mot import FAIRMOT
from outrack.detectors import DetectorInfo, default_weights
from outrack.detectors.open_network import Network, detector_of, open_network
from outrack.structures import Detections, Frame
from outrack.tracking import TrackerConfig

__all__ = ["CountedFigureDetector", "FigureDetector", "NetworkFigureDetector", "TruthFigureDetector"]


class FigureDetector(Protocol):
    """A detector for figures, which provides its dense occlusion map.

    Attributes:
        info: `DetectorInfo` of the detector.
    """

    info: DetectorInfo

    @property
    def occlusion_map(self) -> NDArray[np.float32] | None:
        """Dense heat map of occlusion centres of the latest frame, (h, w), if any."""
        ...

    def __call__(self, frame: Frame) -> Detections:
        """Detections of a frame."""
        ...

    def reset(self) -> None:
        """Forget earlier frames."""
        ...


class NetworkFigureDetector:
    """A network as the detector of a figure. Checkpoints provide the occlusion map; exported files only return its
    peaks.

    Args:
        weights: `.onnx` or `.safetensors`; by default the bundled network.
        conf: score from which a detection starts a track; by default the file's own threshold.
        image_size: longest side, or width and height to fit into, that frames are scaled to.

    Raises:
        FileNotFoundError, ImportError, ValueError: the file cannot be used, or a setting is out of range.
    """

    def __init__(
        self,
        weights: Path | None = None,
        *,
        conf: float | None = None,
        image_size: int | tuple[int, int] | None = None,
    ) -> None:
        self._network = _WatchedNetwork(open_network(default_weights() if weights is None else weights))
        score = self._network.info.score_threshold if conf is None else conf
        low = TrackerConfig().starting_at(score).low_score
        self._detector = detector_of(self._network, min_score=low, image_size=image_size)
        self.info: DetectorInfo = replace(self._detector.info, score_threshold=score)

    @property
    def occlusion_map(self) -> NDArray[np.float32] | None:
        """The occlusion map of the latest frame."""
        return self._network.occlusion_map

    def __call__(self, frame: Frame) -> Detections:
        """Detections of a frame, including weak ones."""
        return self._detector(frame)

    def reset(self) -> None:
        """Forget earlier frames."""
        self._detector.reset()
        self._network.occlusion_map = None


class CountedFigureDetector:
    """Wraps a detector and reports every frame.

    Args:
        detector: the wrapped detector.
        on_frame: called after each frame.
    """

    def __init__(self, detector: FigureDetector, on_frame: Callable[[], None]) -> None:
        self._detector, self._on_frame = detector, on_frame
        self.info = detector.info

    @property
    def occlusion_map(self) -> NDArray[np.float32] | None:
        """The occlusion map of the latest frame."""
        return self._detector.occlusion_map

    def __call__(self, frame: Frame) -> Detections:
        """Detections of a frame."""
        detections = self._detector(frame)
        self._on_frame()
        return detections

    def reset(self) -> None:
        """Forget earlier frames."""
        self._detector.reset()


class _WatchedNetwork:
    """A network that keeps its latest dense occlusion map."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.info, self.inputs = network.info, network.inputs
        self.occlusion_map: NDArray[np.float32] | None = None

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        outputs = self._network(inputs)
        dense = outputs.get("occlusion_map")
        self.occlusion_map = None if dense is None else dense[0]
        return outputs


class TruthFigureDetector:
    """A perfect detector: it finds all people who are visible enough, and all occlusions.

    Args:
        folder: a MOTChallenge sequence with ground truth, such as those of `outrack synth`.
        min_visibility: people with a lower visibility are missed.
        occlusion_threshold: tau of paper Eq. 9.

    Raises:
        FileNotFoundError, ValueError: there is no ground truth, or it is malformed.
    """

    def __init__(self, folder: Path, *, min_visibility: float = 0.3, occlusion_threshold: float = 0.7) -> None:
        if not (folder / "gt" / "gt.txt").is_file():
            raise FileNotFoundError(f"{folder}: no ground truth (gt/gt.txt) in this folder; omit --truth")
        truth = MotSequence.open(folder).ground_truth()
        self._people = truth[FAIRMOT.people(truth)]
        self._min_visibility = min_visibility
        self._tau = occlusion_threshold
        self.info = DetectorInfo()
        self.occlusion_map: NDArray[np.float32] | None = None

    def __call__(self, frame: Frame) -> Detections:
        """The ground-truth boxes of a frame, with score 1."""
        people = self._people.within(range(frame.index + 1, frame.index + 2))
        seen = np.ones(len(people), bool) if people.visibility is None else people.visibility >= self._min_visibility
        _, overlaps = occlusion_pairs(people.xyxy, self._tau)
        points = xyxy_centres(overlaps)
        return Detections(
            xyxy=people.xyxy[seen],
            scores=np.ones(int(seen.sum())),
            occlusions=np.concatenate([points, np.ones((len(points), 1))], axis=1),
        )

    def reset(self) -> None:
        """Do nothing: there is no state."""
