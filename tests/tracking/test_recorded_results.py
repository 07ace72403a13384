"""Tracks of recorded detections do not change by renaming or moving code: results only change on purpose.

The digests are of boxes with two decimals, as in result files: the last bits of a float differ between processors.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from outrack.detectors import PrecomputedDetections
from outrack.structures import Frame
from outrack.tracking import Tracker, TrackerConfig

CLIP = Path(__file__).parent / "crossing_det.txt"
"""What the bundled network detected in the sample clip, from a score of 0.25 on."""

CONFIGS = {
    "default": TrackerConfig(frame_rate=25),
    "off": TrackerConfig(frame_rate=25, refind="off"),
    "gsm": TrackerConfig(frame_rate=25, refind="gsm"),
    "fairmot": TrackerConfig.preset("fairmot", frame_rate=25),
    "fairmot, official refinding": TrackerConfig.preset("fairmot", frame_rate=25, refind="official"),
}

CLIP_DIGESTS = {
    "default": "9c386ed0c9cf63bb",
    "off": "966c518f63423f66",
    "gsm": "ed209b1a4e44c47c",
    "fairmot": "f74acdd39d4c0d13",
    "fairmot, official refinding": "3265d879ae419938",
}
MOT17_DIGESTS = {
    "default": "b4a670602fe7e63b",
    "gsm": "94648a2bbf3ecc28",
    "fairmot, official refinding": "b9ce05d4df0b48b3",
}


def digest(detections: Path, num_frames: int, config: TrackerConfig) -> str:
    """Of everything that the tracker reports for these detections."""
    detector, tracker = PrecomputedDetections(detections), Tracker(config)
    lines = []
    for index in range(num_frames):
        tracks = tracker.update(detector(Frame(None, index, index / 25)))
        rows = zip(tracks.ids, tracks.xyxy, tracks.scores, tracks.states, strict=True)
        for identity, (x1, y1, x2, y2), score, state in rows:
            lines.append(f"{index} {identity} {x1:.2f} {y1:.2f} {x2:.2f} {y2:.2f} {score:.4f} {state}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", CONFIGS)
def test_tracks_of_the_sample_clip_are_those_that_were_recorded(name: str) -> None:
    assert digest(CLIP, 180, CONFIGS[name]) == CLIP_DIGESTS[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", MOT17_DIGESTS)
def test_tracks_of_public_detections_are_those_that_were_recorded(name: str, shared: Path) -> None:
    detections = shared / "data/mot17/MOT17-02-FRCNN/det/det.txt"
    assert digest(detections, 600, CONFIGS[name]) == MOT17_DIGESTS[name]
