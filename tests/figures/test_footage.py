"""What figures look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.datasets import MotSequence
from outrack.figures import NetworkSight, TruthSight, follow, people_at, people_every
from outrack.figures.footage import looks_at
from outrack.models import Provenance, create, save_network
from outrack.structures import Frame
from outrack.tracking import TrackerConfig


def test_the_truth_shows_the_visible_and_every_occlusion(sequence: Path) -> None:
    truth = MotSequence.open(sequence).ground_truth().pedestrians
    assert truth.visibility is not None
    in_frame = truth.frames == 5
    seen = TruthSight(sequence, min_visibility=0.5)(Frame(None, 4, 0.4))
    np.testing.assert_allclose(seen.xyxy, truth.xyxy[in_frame & (truth.visibility >= 0.5)])
    assert seen.occlusions is not None and (truth.visibility[in_frame] < 0.5).any()
    everybody = TruthSight(sequence, min_visibility=0.0)(Frame(None, 4, 0.4))
    assert len(everybody) == in_frame.sum()
    np.testing.assert_array_equal(everybody.occlusions, seen.occlusions)  # hidden people occlude, too


def test_frames_are_followed_from_the_start(sequence: Path) -> None:
    looks = list(follow(sequence, TruthSight(sequence), max_frames=4))
    assert [look.number for look in looks] == [1, 2, 3, 4]
    assert len(looks[-1].tracks) > 2
    chosen = looks_at(sequence, TruthSight(sequence), [4, 2])
    assert [look.number for look in chosen] == [4, 2]
    np.testing.assert_array_equal(chosen[0].tracks.ids, looks[3].tracks.ids)


def test_frames_that_are_not_there_are_named(sequence: Path) -> None:
    sight = TruthSight(sequence)
    for read in (lambda frames: looks_at(sequence, sight, frames), lambda frames: people_at(sequence, frames, sight)):
        with pytest.raises(ValueError, match="frame 21 is beyond the end, the last frame is 20"):
            read([3, 21])
        with pytest.raises(ValueError, match="counted from 1, got 0"):
            read([0, 3])


def test_ground_truth_says_who_is_who_and_else_the_tracker(sequence: Path) -> None:
    (known,) = people_at(sequence, [6], TruthSight(sequence))
    truth = MotSequence.open(sequence).ground_truth()
    assert known.annotation.ids is not None
    assert set(known.annotation.ids) <= set(truth.ids[truth.frames == 6])
    pictures = sequence / "img1"  # the same pictures as a plain folder
    (tracked,) = people_at(pictures, [6], TruthSight(sequence))
    assert tracked.annotation.ids is not None and len(tracked.annotation) > 2
    assert set(tracked.annotation.ids) <= set(range(1, 40))
    assert [image.frame for image in people_every(pictures, TruthSight(sequence), stride=5, max_frames=3)] == [0, 5, 10]
    assert [image.frame for image in people_every(sequence, TruthSight(sequence), stride=7, max_frames=9)] == [0, 7, 14]


def test_truth_needs_ground_truth(sequence: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no ground truth"):
        TruthSight(sequence / "img1")


def test_the_shipped_network_sees(sequence: Path) -> None:
    sight = NetworkSight(conf=0.05, image_size=256)
    assert sight.config.start_score == 0.05 and sight.occlusion_map is None
    assert next(follow(sequence, sight, max_frames=1)).detections.scores.min(initial=1) >= 0.05


def test_a_network_that_looks_back_is_followed_as_the_command_follows_it(tmp_path: Path) -> None:
    network = create("mobile-centertrack")
    save_network(network, tmp_path / "net.safetensors", provenance=Provenance("nothing", "none"))
    sight = NetworkSight(tmp_path / "net.safetensors", conf=0.3)
    assert sight.config == TrackerConfig.centertrack().starting_at(0.3)
