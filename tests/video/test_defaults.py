"""What suits a source: at which size the bundled network sees it, and the scores that a network's file asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import ModelInfo, NetworkDetector
from outrack.detectors.by_need import SizeByNeed
from outrack.tracking import TrackerConfig
from outrack.video.defaults import at_scores_of, default_detector_for


@pytest.mark.parametrize("sources", [["street.mp4"], [Path("pictures"), "b.mp4"]])
def test_files_are_seen_at_the_size_that_people_need(sources: list[str | Path]) -> None:
    assert isinstance(default_detector_for(None, sources), SizeByNeed)


@pytest.mark.parametrize("sources", [[0], ["rtsp://10.0.0.1/a"], ["street.mp4", "rtsp://10.0.0.1/a"]])
def test_what_may_be_live_is_seen_at_one_size(sources: list[str | int]) -> None:
    assert isinstance(default_detector_for(None, sources), NetworkDetector)


def test_scores_follow_the_network_and_one_score_stays_one() -> None:
    info = ModelInfo(name="made", size=(96, 96), score_threshold=0.5, low_score=0.3, sure_score=0.7)
    detector = NetworkDetector(lambda inputs: {"scores": np.empty((1, 0))}, info)
    ours, baseline = (at_scores_of(config, detector) for config in (TrackerConfig(), TrackerConfig.fairmot()))
    assert (ours.low_score, ours.high_score, ours.start_score, ours.still.sure_score) == (0.3, 0.5, 0.5, 0.7)
    assert (baseline.low_score, baseline.high_score, baseline.still.sure_score) == (0.5, 0.5, 0.0)
