"""Inputs of figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.datasets import MotSequence
from outrack.figures import (
    CountedFigureDetector,
    NetworkFigureDetector,
    TruthFigureDetector,
    people_at,
    people_at_stride,
    track_source,
)
from outrack.figures.footage import frames_at
from outrack.models import Provenance, create, save_network
from outrack.structures import Frame
from outrack.tracking import TrackerConfig
from outrack.video.defaults import default_config_for


def test_the_truth_shows_the_visible_and_every_occlusion(sequence: Path) -> None:
    truth = MotSequence.open(sequence).ground_truth().pedestrians
    assert truth.visibility is not None
    in_frame = truth.frames == 5
    seen = TruthFigureDetector(sequence, min_visibility=0.5)(Frame(None, 4, 0.4))
    np.testing.assert_allclose(seen.xyxy, truth.xyxy[in_frame & (truth.visibility >= 0.5)])
    assert seen.occlusions is not None and (truth.visibility[in_frame] < 0.5).any()
    complete = TruthFigureDetector(sequence, min_visibility=0.0)(Frame(None, 4, 0.4))
    assert len(complete) == in_frame.sum()
    np.testing.assert_array_equal(complete.occlusions, seen.occlusions)  # hidden people occlude, too


def test_frames_are_followed_from_the_start(sequence: Path) -> None:
    tracked_frames = list(track_source(sequence, TruthFigureDetector(sequence), max_frames=4))
    assert [tracked.number for tracked in tracked_frames] == [1, 2, 3, 4]
    assert len(tracked_frames[-1].tracks) > 2
    chosen = frames_at(sequence, TruthFigureDetector(sequence), [4, 2])
    assert [tracked.number for tracked in chosen] == [4, 2]
    np.testing.assert_array_equal(chosen[0].tracks.ids, tracked_frames[3].tracks.ids)


def test_frames_that_were_seen_are_counted(sequence: Path) -> None:
    done: list[int] = []
    counted = CountedFigureDetector(TruthFigureDetector(sequence), lambda: done.append(1))
    plain = list(track_source(sequence, TruthFigureDetector(sequence), max_frames=4))
    assert [one.tracks.ids.tolist() for one in track_source(sequence, counted, max_frames=4)] == [
        one.tracks.ids.tolist() for one in plain
    ]
    assert len(done) == 4


def test_frames_that_are_not_there_are_named(sequence: Path) -> None:
    detector = TruthFigureDetector(sequence)
    for read in (
        lambda frames: frames_at(sequence, detector, frames),
        lambda frames: people_at(sequence, frames, detector),
    ):
        with pytest.raises(ValueError, match="frame 21 is beyond the end; the last frame is 20"):
            read([3, 21])
        with pytest.raises(ValueError, match="counted from 1, got 0"):
            read([0, 3])


def test_identities_come_from_ground_truth_or_else_from_the_tracker(sequence: Path) -> None:
    (known,) = people_at(sequence, [6], TruthFigureDetector(sequence))
    truth = MotSequence.open(sequence).ground_truth()
    assert known.annotation.ids is not None
    assert set(known.annotation.ids) <= set(truth.ids[truth.frames == 6])
    pictures = sequence / "img1"  # the same pictures as a plain folder
    (tracked,) = people_at(pictures, [6], TruthFigureDetector(sequence))
    assert tracked.annotation.ids is not None and len(tracked.annotation) > 2
    assert set(tracked.annotation.ids) <= set(range(1, 40))
    assert [
        image.frame for image in people_at_stride(pictures, TruthFigureDetector(sequence), stride=5, max_frames=3)
    ] == [
        0,
        5,
        10,
    ]
    assert [
        image.frame for image in people_at_stride(sequence, TruthFigureDetector(sequence), stride=7, max_frames=9)
    ] == [
        0,
        7,
        14,
    ]


def test_truth_needs_ground_truth(sequence: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no ground truth"):
        TruthFigureDetector(sequence / "img1")


def test_the_shipped_network_sees(sequence: Path) -> None:
    detector = NetworkFigureDetector(conf=0.05, image_size=256)
    assert default_config_for(detector).start_score == 0.05 and detector.occlusion_map is None
    assert next(track_source(sequence, detector, max_frames=1)).detections.scores.min(initial=1) >= 0.05


def test_a_two_frame_network_is_followed_as_by_the_command(tmp_path: Path) -> None:
    network = create("mobile-centertrack")
    save_network(network, tmp_path / "net.safetensors", provenance=Provenance("nothing", "none"))
    detector = NetworkFigureDetector(tmp_path / "net.safetensors", conf=0.3)
    assert default_config_for(detector) == TrackerConfig.centertrack().starting_at(0.3)
