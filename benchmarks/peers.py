"""SORT, ByteTrack, OC-SORT and others of the package `trackers`, with the interface of `Tracker`, for comparisons. They
come from a library, so they cannot be weakened by our implementation."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections, Tracks, TrackState

if TYPE_CHECKING:
    import supervision

__all__ = ["PEERS", "PeerName", "PeerTracker", "peer_detections"]

PeerName = Literal["sort", "bytetrack", "ocsort", "botsort", "cbiou", "mcbyte"]
PEERS = MappingProxyType(
    {
        "sort": "SORTTracker",
        "bytetrack": "ByteTrackTracker",
        "ocsort": "OCSORTTracker",
        "botsort": "BoTSORTTracker",
        "cbiou": "CBIoUTracker",
        "mcbyte": "McByteTracker",
    }
)
"""Names of the trackers here, and in `trackers`."""
ROW = "row"


class PeerTracker:
    """A tracker of the package `trackers`, with its own defaults. It uses neither appearance nor occlusion.

    It shows the boxes of the detections themselves, and only in frames in which a person is detected.

    Args:
        name: one of `PEERS`. BoT-SORT and McByte run without camera motion and masks, which need the picture.
        settings: what its class in `trackers` takes, such as `frame_rate=25`.

    Attributes:
        peer: the tracker itself.

    Raises:
        ImportError: the package is not installed.
        ValueError: no peer has this name.
    """

    def __init__(self, name: PeerName, **settings: Any) -> None:
        if name not in PEERS:
            raise ValueError(f"name must be one of {', '.join(PEERS)}, got {name!r}")
        try:
            import trackers
        except ImportError as error:
            raise ImportError(f'{name} needs the package trackers: pip install "outrack[peers]"') from error
        if name in ("botsort", "mcbyte"):
            settings = {"enable_cmc": False, **settings}
        self.peer = getattr(trackers, PEERS[name])(**settings)

    def update(
        self,
        detections: Detections,
        *,
        public: NDArray[np.float64] | None = None,
        timestamp: float | None = None,
        camera_motion: NDArray[np.float64] | None = None,
    ) -> Tracks:
        """The tracks of this frame; as `Tracker.update`.

        Args:
            detections: boxes, scores and classes are used.
            public: must be None.
            timestamp: time of the frame in seconds; by default 1 / frame_rate after the previous frame.
            camera_motion: must be None.

        Raises:
            ValueError: camera motion or public detections are given.
        """
        if public is not None:
            raise ValueError("peers start tracks anywhere: omit public, or use outrack.Tracker")
        if camera_motion is not None:
            raise ValueError("peers take no camera motion: omit camera_motion, or use outrack.Tracker")
        found = self.peer.update(peer_detections(detections), timestamp=timestamp)
        confirmed = np.flatnonzero(found.tracker_id >= 0)
        confirmed = confirmed[np.argsort(found.tracker_id[confirmed])]
        rows = found.data.get(ROW, np.empty(0, np.int64))[confirmed]
        return Tracks(
            xyxy=detections.xyxy[rows],
            ids=found.tracker_id[confirmed] + 1,  # theirs start at 0
            scores=detections.scores[rows],
            class_ids=detections.class_ids[rows],
            states=np.full(len(rows), TrackState.DETECTED, np.int64),
            detection_index=rows,
        )

    def reset(self) -> None:
        """Forget all tracks; ids start at 1 again."""
        self.peer.reset()


def peer_detections(detections: Detections) -> supervision.Detections:
    """Input of the peers: boxes and scores in float32, as in their examples, and the row of each detection."""
    import supervision

    return supervision.Detections(
        xyxy=detections.xyxy.astype(np.float32),
        confidence=detections.scores.astype(np.float32),
        class_id=detections.class_ids.astype(int),
        data={ROW: np.arange(len(detections))},
    )
