"""Paper Fig. 8."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.figures import TruthFigureDetector, draw_refinding, refinding_cases, track_source
from tests.figures.tracked_frames import tracked

SMALL, LARGE, FRONT = [10, 10, 20, 40], [60, 5, 90, 75], [70, 5, 100, 79]


def test_a_case_is_the_first_frame_after_a_detection() -> None:
    tracked_frames = [
        tracked(0, [SMALL, LARGE], [3, 5]),
        tracked(1, [SMALL, LARGE], [3, 5], refound=[3]),
        tracked(2, [SMALL, LARGE], [3, 5], refound=[3, 5]),
        tracked(3, [SMALL, LARGE], [3, 5], refound=[5]),
    ]
    cases = refinding_cases(tracked_frames)
    assert [(case.identity, case.before.number, case.now.number) for case in cases] == [(3, 1, 2), (5, 2, 3)]
    (largest,) = refinding_cases(tracked_frames, max_cases=1)
    assert largest.identity == 5 and largest.box.tolist() == LARGE


def test_no_recovered_track_or_one_frame_is_reported() -> None:
    with pytest.raises(ValueError, match="at least two frames, got 1"):
        refinding_cases([tracked(0, [SMALL], [3])])
    with pytest.raises(ValueError, match="no track was recovered in these 2 frames"):
        refinding_cases([tracked(0, [SMALL], [3]), tracked(1, [SMALL], [3])])
    with pytest.raises(ValueError, match="no track was recovered"):
        refinding_cases([tracked(0, [], []), tracked(1, [], [])])
    with pytest.raises(ValueError, match="no case to show"):
        draw_refinding([])


@pytest.mark.parametrize(("occlusions", "title"), [([[80, 40, 0.7]], "Occlusions"), (None, "Overlap")])
def test_four_panels_around_the_person(occlusions: list[list[float]] | None, title: str) -> None:
    tracked_frames = [
        tracked(0, [LARGE, FRONT], [3, 4]),
        tracked(1, [LARGE, FRONT], [3, 4], refound=[3], occlusions=occlusions),
    ]
    before, detections, evidence, after = draw_refinding(refinding_cases(tracked_frames)).axes
    assert before.get_title(loc="left") == "Tracks, frame 1"
    assert len(detections.patches) == 2 and not detections.texts  # the one in front, with its rim; a sure detection
    assert evidence.get_title(loc="left").startswith(title)
    assert after.get_title(loc="left") == "Tracks, frame 2: 3 is recovered"
    x1, x2 = after.get_xlim()
    assert x1 <= 60 and x2 >= 100 and x2 - x1 < 120  # cut out around both
    assert "dashed" in {patch.get_linestyle() for patch in after.patches}


def test_a_single_person_is_drawn_too() -> None:
    tracked_frames = [tracked(0, [SMALL], [3]), tracked(1, [SMALL], [3], refound=[3], occlusions=None)]
    assert len(draw_refinding(refinding_cases(tracked_frames)).axes) == 4


def test_the_truth_of_a_made_sequence_has_cases(sequence: Path) -> None:
    cases = refinding_cases(track_source(sequence, TruthFigureDetector(sequence)))
    assert cases and all(case.now.number == case.before.number + 1 for case in cases)
