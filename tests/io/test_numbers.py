"""Checks that all text files of boxes share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from outrack.io.ground_truth import read_ground_truth
from outrack.io.mot_detections import read_detections
from outrack.io.results import read_sequence_results
from outrack.io.video_boxes import read_boxes_mot


@pytest.mark.parametrize(
    ("read", "columns"),
    [
        (lambda path: read_detections(path, None), "0.9"),
        (read_sequence_results, "0.9,-1,-1,-1"),
        (read_boxes_mot, "0.9"),
        (read_ground_truth, "1,1,1.0"),
    ],
    ids=["detections", "results", "boxes", "ground truth"],
)
@pytest.mark.parametrize("box", ["1e308,0,1e308,5", "0,-1e10,5,5"])
def test_boxes_far_outside_any_picture_are_refused_with_their_line(
    tmp_path: Path, read: Callable[[Path], object], columns: str, box: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"1,1,5,5,20,40,{columns}\n\n2,1,{box},{columns}\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 3: x, y, width, height \[.*\] are far outside any picture"):
        read(path)
