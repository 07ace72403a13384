"""`from outrack import ...`."""

from __future__ import annotations

from importlib import import_module

import pytest

import outrack


@pytest.mark.parametrize("name", outrack.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(outrack, name) is not None
    assert name in dir(outrack)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Trakcer'"):
        outrack.Trakcer  # noqa: B018  the access is the point


def test_the_lazy_names_are_those_of_the_rooms() -> None:
    from outrack.tracking import Tracker
    from outrack.video.api import track

    assert outrack.Tracker is Tracker
    assert outrack.track is track


@pytest.mark.parametrize(
    ("subpackage", "old", "new"),
    [
        ("detectors", "ExportedDetector", "NetworkDetector"),
        ("detectors", "PublicBirths", "PublicStarts"),
        ("evaluation", "SequenceTruth", "LabelledSequence"),
        ("datasets", "split_frames", "frames_of_half"),
        ("figures", "follow", "track_source"),
        ("figures", "people_every", "people_at_stride"),
    ],
)
def test_names_of_the_release_before_still_work(subpackage: str, old: str, new: str) -> None:
    module = import_module(f"outrack.{subpackage}")
    with pytest.warns(DeprecationWarning, match=f"{old} (is called {new} now|was renamed to {new})"):
        assert getattr(module, old) is getattr(module, new)
    with pytest.raises(AttributeError, match="no attribute 'Detektor'"):
        module.Detektor  # noqa: B018  the access is the point


def test_the_score_from_which_boxes_are_given_has_its_old_name_for_one_release() -> None:
    from outrack.detectors import load_detector

    with pytest.warns(DeprecationWarning, match="conf was renamed to min_score"):
        detector = load_detector(conf=0.25)
    assert detector._min_score == load_detector(min_score=0.25)._min_score == 0.25


def test_a_tracker_for_a_detector_has_its_scores() -> None:
    detector = outrack.load_detector()
    assert detector.info.score_threshold is not None
    config = outrack.default_tracker_for(detector, frame_rate=25, max_lost_s=3).config
    assert (config.start_score, config.frame_rate, config.max_lost_s) == (detector.info.score_threshold, 25, 3)
    assert config.low_score == detector.info.low_score
    assert outrack.default_tracker_for(outrack.load_detector("open"), frame_rate=25).config.start_score == 0.43


def test_the_help_states_the_scores_of_the_bundled_networks() -> None:
    from outrack.cli.track import TRACKER

    ours, open_ones = (
        outrack.default_tracker_for(outrack.load_detector(name), frame_rate=25).config for name in (None, "open")
    )
    assert (
        f"bundled: start and high {ours.start_score:g}, low {ours.low_score:g}, still.sure-score "
        f"{ours.still.sure_score:g}; open: {open_ones.start_score:g}, {open_ones.low_score:g}, "
        f"{open_ones.still.sure_score:g})" in TRACKER.help
    )
    assert ours.high_score == ours.start_score
