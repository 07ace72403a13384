from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from outrack.detectors import CenterTrackDetector, Detector, ModelInfo
from outrack.detectors.centertrack import prior_heat
from outrack.structures import Frame
from outrack.tracking import Tracker, TrackerConfig

INFO = ModelInfo(name="centertrack", size=(128, 96), score_threshold=0.3)


class Recorded:
    """Sees a sure person in the middle and an unsure one, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[Mapping[str, np.ndarray]] = []

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.given.append({name: values.copy() for name, values in inputs.items()})
        return {
            "boxes": np.array([[[50, 20, 70, 60], [10, 10, 20, 30]]], np.float32),
            "scores": np.array([[0.8, 0.4]], np.float32),
            "displacements": np.array([[[-4, 2], [0, 0]]], np.float32),
        }


def frame(index: int, *, width: int = 128, height: int = 96) -> Frame:
    return Frame(np.full((height, width, 3), 10 * (index + 1), np.uint8), index, index / 30)


def test_the_first_frame_is_its_own_predecessor_without_objects():
    network = Recorded()
    CenterTrackDetector(network, INFO)(frame(0))
    (given,) = network.given
    assert (given["previous_images"] == given["images"]).all()
    assert given["previous_heat"].shape == (1, 1, 96, 128)
    assert given["previous_heat"].dtype == np.float32
    assert not given["previous_heat"].any()


def test_the_next_frame_comes_with_the_one_before_and_its_sure_people():
    network = Recorded()
    detector = CenterTrackDetector(network, INFO)
    first, second = detector.detect_batch([frame(0), frame(1)])
    assert len(first) == len(second) == 2  # both are detections, but only one is sure
    given = network.given[1]
    assert (given["previous_images"] == 10).all() and (given["images"] == 20).all()
    heat = given["previous_heat"][0, 0]
    assert np.argwhere(heat == 1).tolist() == [[40, 60]]
    assert heat[20, 15] == 0


def test_boxes_displacements_and_heat_follow_the_scale():
    network = Recorded()
    detector = CenterTrackDetector(network, INFO)
    found = [detector(frame(i, width=256, height=192)) for i in range(2)][1]
    np.testing.assert_allclose(found.xyxy[0], [100, 40, 140, 120])
    np.testing.assert_allclose(found.displacements[0], [-8, 4])
    assert np.argwhere(network.given[1]["previous_heat"][0, 0] == 1).tolist() == [[40, 60]]


def test_a_margin_around_the_picture_is_kept_in_the_heat():
    network = Recorded()
    detector = CenterTrackDetector(network, replace(INFO, margin=8))
    found = [detector(frame(i, width=224, height=160)) for i in range(2)][1]
    np.testing.assert_allclose(found.xyxy[0], [84, 24, 124, 104])
    np.testing.assert_allclose(found.displacements[0], [-8, 4])
    assert np.argwhere(network.given[1]["previous_heat"][0, 0] == 1).tolist() == [[40, 60]]


def test_another_frame_size_starts_afresh():
    network = Recorded()
    detector = CenterTrackDetector(network, INFO)
    for index, width in enumerate((128, 256, 256)):
        detector(frame(index, width=width, height=192))
    assert [bool(given["previous_heat"].any()) for given in network.given] == [False, False, True]
    assert (network.given[1]["previous_images"] == network.given[1]["images"]).all()


def test_a_tracker_continues_when_the_frame_size_changes():
    detector, tracker = CenterTrackDetector(Recorded(), INFO), Tracker(TrackerConfig.centertrack(refind="geometric"))
    ids = []
    for index, width in enumerate((128, 128, 1280, 1280, 128)):
        tracks = tracker.update(detector(frame(index, width=width, height=width * 3 // 4)))
        assert np.isfinite(tracks.xyxy).all()
        ids.append(tracks.ids.tolist())
    assert ids[0] == ids[1] == [1, 2]
    assert ids[2] == ids[3] == [3, 4]  # ten times as far from the corner: for the tracker these are others
    assert len(ids[4]) == 2


def test_frames_and_sizes_need_not_be_multiples_of_32():
    network = Recorded()
    detector = CenterTrackDetector(network, INFO, image_size=(163, 101))
    found = [detector(frame(index, width=333, height=201)) for index in range(2)][1]
    assert network.given[1]["images"].shape == (1, 3, 96, 160)
    assert network.given[1]["previous_heat"].shape == (1, 1, 96, 160)
    np.testing.assert_allclose(found.xyxy[0], np.array([50, 20, 70, 60]) * np.tile([333 / 160, 201 / 96], 2))


def test_reset_forgets():
    network = Recorded()
    detector = CenterTrackDetector(network, INFO)
    detector(frame(0))
    detector.reset()
    detector(frame(1))
    assert not network.given[1]["previous_heat"].any()
    assert (network.given[1]["previous_images"] == 20).all()


def test_streams_do_not_disturb_each_other():
    network = Recorded()
    one, other = CenterTrackDetector(network, INFO), CenterTrackDetector(network, INFO)
    one(frame(0))
    other(frame(5))
    one(frame(1))
    assert (network.given[2]["previous_images"] == 10).all()
    assert isinstance(one, Detector)


def test_a_prior_is_a_gaussian_of_the_size_of_the_box():
    heat = prior_heat(np.array([[10.0, 10, 70, 110], [-500, 0, -400, 50]]), (128, 128))
    radius = 20  # of 60 x 100, notes#occlusion-targets
    assert heat[60, 40] == 1
    assert heat[60, 40 + radius] == pytest.approx(np.exp(-(radius**2) / (2 * ((2 * radius + 1) / 6) ** 2)))
    assert heat[60, 40 + radius + 1] == 0
    assert heat[:, 70:].max() == 0  # who stands outside is nowhere
