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
