"""`from outrack import ...`."""

from __future__ import annotations

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


@pytest.mark.parametrize(("old", "new"), [("ExportedDetector", "NetworkDetector"), ("PublicBirths", "PublicStarts")])
def test_names_of_the_release_before_still_work(old: str, new: str) -> None:
    from outrack import detectors

    with pytest.warns(DeprecationWarning, match=f"{old} is called {new} now"):
        assert getattr(detectors, old) is getattr(detectors, new)
    with pytest.raises(AttributeError, match="no attribute 'Detektor'"):
        detectors.Detektor  # noqa: B018  the access is the point
