"""The `info` of detectors, by which they are run and tracked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import (
    CenterTrackDetector,
    Detector,
    DetectorInfo,
    ModelInfo,
    NetworkDetector,
    PrecomputedDetections,
    PublicStarts,
    info_of,
)
from outrack.detectors.base import is_resizable
from outrack.detectors.size_by_need import SizeByNeed, size_by_need
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


def test_a_detector_that_derives_from_the_protocol_has_the_default_info() -> None:
    class Derived(Own, Detector):
        pass

    assert Derived().info == DetectorInfo()
    assert not is_resizable(Derived())


def test_only_a_network_that_sees_single_frames_can_be_resized(file: PrecomputedDetections) -> None:
    network = NetworkDetector(run, INFO)
    assert is_resizable(network)
    for other in (CenterTrackDetector(run, INFO), PublicStarts(network, file), SizeByNeed(network), file, Own()):
        assert not is_resizable(other)


def test_any_detector_that_can_be_resized_is_run_at_the_size_that_is_needed() -> None:
    class Shared(Own):
        """A network behind an interface of a user's own."""

        info = replace(INFO, resizable=True)

        def at_size(self, image_size: object) -> Shared:
            return self

        def size_of(self, frame: object) -> tuple[int, int]:
            return self.info.size

    assert isinstance(size_by_need(Shared()), SizeByNeed)


def test_the_info_of_a_users_detector_is_used() -> None:
    own = Own()
    own.info = DetectorInfo(score_threshold=0.6, tracker="centertrack")  # type: ignore[attr-defined]
    assert default_config_for(own) == TrackerConfig.centertrack().starting_at(0.6)


def test_networks_have_the_info_of_their_file(file: PrecomputedDetections) -> None:
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


def test_public_detections_and_their_file_stand_next_to_the_network(file: PrecomputedDetections) -> None:
    public = PublicStarts(NetworkDetector(run, INFO), file)
    assert info_of(public).files == info_of(file).files
    assert info_of(public).needs_pictures
    assert info_of(public).network is not None
    assert default_config_for(public) == TrackerConfig().starting_at(0.3)
    assert info_of(public).public is file
    assert len(info_of(PublicStarts(file, file)).files) == 2
