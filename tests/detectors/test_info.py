"""What detectors say of themselves, by which they are run and tracked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import (
    CenterTrackDetector,
    DetectorInfo,
    ModelInfo,
    NetworkDetector,
    PrecomputedDetections,
    PublicStarts,
    info_of,
)
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker, TrackerConfig
from outrack.video.defaults import default_config_for, estimates_camera_motion

INFO = ModelInfo(name="made", size=(128, 96), score_threshold=0.3, occlusions=True)


class Own:
    """A detector of a user, which says nothing of itself."""

    def __call__(self, frame: Frame) -> Detections:
        return Detections.empty()

    def reset(self) -> None: ...


def run(inputs: object) -> dict[str, np.ndarray]:
    raise AssertionError("not run")


@pytest.fixture
def file(tmp_path: Path) -> PrecomputedDetections:
    (tmp_path / "det.txt").write_text("1,-1,0,0,10,30,0.9\n7,-1,0,0,10,30,0.9\n")
    return PrecomputedDetections(tmp_path / "det.txt")


def test_a_detector_that_says_nothing_needs_pictures_and_is_tracked_by_default() -> None:
    assert info_of(Own()) == DetectorInfo()
    assert info_of(Own()).needs_pictures
    assert default_config_for(Own()) == TrackerConfig()
    assert not estimates_camera_motion(Own(), Tracker())


def test_what_a_users_detector_says_is_used() -> None:
    own = Own()
    own.info = DetectorInfo(score_threshold=0.6, tracker="centertrack")  # type: ignore[attr-defined]
    assert default_config_for(own) == TrackerConfig.centertrack().starting_at(0.6)


def test_networks_say_what_their_file_says(file: PrecomputedDetections) -> None:
    network, pairs = NetworkDetector(run, INFO), CenterTrackDetector(run, INFO)
    assert info_of(network).network is network.info
    assert (info_of(network).tracker, info_of(pairs).tracker) == ("default", "centertrack")
    assert default_config_for(network) == TrackerConfig().starting_at(0.3)
    assert estimates_camera_motion(network, Tracker())
    assert not estimates_camera_motion(pairs, Tracker())
    assert not estimates_camera_motion(network, object())  # a tracker that does not say what it does
    assert not estimates_camera_motion(network, Tracker(TrackerConfig.fairmot()))  # it takes the camera for still
    assert info_of(file).network is None


def test_a_file_names_itself_and_needs_no_pictures(file: PrecomputedDetections) -> None:
    ((path, last_frame, *_),) = info_of(file).files
    assert (path, last_frame) == (file.path, 7)
    assert not info_of(file).needs_pictures


def test_public_detections_and_their_file_stand_beside_the_network(file: PrecomputedDetections) -> None:
    public = PublicStarts(NetworkDetector(run, INFO), file)
    assert info_of(public).files == info_of(file).files
    assert info_of(public).needs_pictures
    assert info_of(public).network is not None
    assert default_config_for(public) == TrackerConfig().starting_at(0.3)
    assert info_of(public).public is file
    assert len(info_of(PublicStarts(file, file)).files) == 2
