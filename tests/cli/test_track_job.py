"""How the options of `outrack track` become a tracker's settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outrack.cli.track_job import TrackJob
from outrack.detectors import load_detector
from outrack.structures import Frame
from outrack.tracking import TrackerConfig

JOB = TrackJob(
    source="street.mp4",
    output=(),
    overwrite=False,
    show_trails=False,
    show_boxes=True,
    show_occlusion=False,
    save_crops=None,
    weights=None,
    device="cpu",
    conf=None,
    imgsz=None,
    detections=None,
    stride=1,
    max_frames=None,
    image_rate=25.0,
    camera_motion=None,
    tracker=TrackerConfig(),
)


@pytest.mark.parametrize(
    ("job", "low", "high"),
    [
        (JOB, 0.1, 0.4),  # the shipped network's own threshold
        (replace(JOB, conf=0.6), 0.1, 0.6),
        (replace(JOB, conf=0.05), 0.05, 0.05),
        (replace(JOB, conf=0.6, tracker=TrackerConfig(high_score=0.3)), 0.1, 0.3),  # said outright
    ],
)
def test_thresholds_follow_conf_and_the_network(job: TrackJob, low: float, high: float) -> None:
    config = job._tracker_config(job._detector(), source_rate=12.5)
    assert (config.low_score, config.high_score) == (low, high)
    assert config.frame_rate == 12.5


def test_the_detector_gives_what_may_keep_a_track_alive() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    everything = load_detector(conf=0.0)(Frame(noise, 0, 0.0)).scores
    kept = JOB._detector()(Frame(noise, 0, 0.0)).scores
    assert kept.tolist() == everything[everything >= 0.1].tolist()
