"""Defaults for a source: the bundled network's size, and the scores in a network's file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from outrack.detectors import ModelInfo, NetworkDetector
from outrack.detectors.size_by_need import SizeByNeed
from outrack.detectors.size_for_live import LiveDetector
from outrack.structures import Detections, Frame
from outrack.tracking import TrackerConfig
from outrack.video.defaults import at_scores_of, at_size_for, default_detector_for
from outrack.video.sources import open_source


class Plain:
    """A detector that is no network."""

    def __call__(self, frame: Frame) -> Detections:
        return Detections.empty()

    def reset(self) -> None:
        pass


def test_a_network_runs_at_the_size_for_the_source(make_video: Callable[..., Path]) -> None:
    network, other = default_detector_for(None), Plain()
    with open_source(make_video()) as video:
        assert isinstance(at_size_for(video, network), SizeByNeed)
        video.is_live = True
        assert isinstance(at_size_for(video, network), LiveDetector)
        assert at_size_for(video, other) is other


def test_scores_follow_the_network_and_one_score_stays_one() -> None:
    info = ModelInfo(name="made", size=(96, 96), score_threshold=0.5, low_score=0.3, sure_score=0.7)
    detector = NetworkDetector(lambda inputs: {"scores": np.empty((1, 0))}, info)
    ours, baseline = (at_scores_of(config, detector) for config in (TrackerConfig(), TrackerConfig.fairmot()))
    assert (ours.low_score, ours.high_score, ours.start_score, ours.still.sure_score) == (0.3, 0.5, 0.5, 0.7)
    assert (baseline.low_score, baseline.high_score, baseline.still.sure_score) == (0.5, 0.5, 0.0)
