"""The tracks of parts as a detector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.detectors import DetectorInfo
from outrack.jobs.stitched_job import _StitchedTracks
from outrack.structures import Frame
from outrack.tracking import TrackerConfig


def part(frames: Iterable[int], class_ids: list[int]) -> Mapping[str, NDArray[Any]]:
    """As `read_part` gives it: an object of each class, which stand side by side."""
    rows = [[t, k, 50 * k, 10, 50 * k + 40, 90, 0.9, each, 0] for t in frames for k, each in enumerate(class_ids, 1)]
    return {
        "rows": np.array(rows, float),
        "free": np.empty((0, 7)),
        "motion": np.empty((0, 7)),
        "embedded_ids": np.empty(0, np.int64),
        "first": np.empty(0),
        "last": np.empty(0),
    }


@pytest.mark.parametrize("second_starts", [5, 12])  # with common frames, and without
@pytest.mark.parametrize(
    ("class_agnostic", "ids_of_classes"), [(False, {0: 1, 2: 2, 3: 3}), (True, {0: 1, 2: 2, 3: 1})]
)
def test_identities_keep_their_classes_over_a_seam(
    second_starts: int, class_agnostic: bool, ids_of_classes: dict[int, int]
) -> None:
    parts = [part(range(10), [0, 2]), part(range(second_starts, 20), [3, 2])]
    config = TrackerConfig(frame_rate=10, class_agnostic=class_agnostic)
    whole = _StitchedTracks(DetectorInfo(), parts, [0, 10], config)
    for t in range(20):
        whole(Frame(None, t, t / 10))
        found = dict(zip(whole.tracks.class_ids.tolist(), whole.tracks.ids.tolist(), strict=True))
        assert found.items() <= ids_of_classes.items()
        assert len(found) == (2 if t < 10 or t >= second_starts else 0)
