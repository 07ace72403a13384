"""Paper Fig. 9."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.boxes import gaussian_radius
from outrack.figures import draw_heatmaps, most_occluded, occlusion_heat
from tests.figures.tracked_frames import tracked

COUPLE = [[10, 10, 50, 70], [30, 10, 70, 70]]  # their overlap: x 30 to 50, y 10 to 70


def test_a_point_is_as_wide_as_the_overlap_and_as_hot_as_its_score() -> None:
    heat = occlusion_heat(tracked(0, COUPLE, [1, 2], occlusions=[[40, 40, 0.8]]))
    assert heat.shape == (20, 30)
    assert heat.max() == heat[10, 10] == np.float32(0.8)
    radius = int(gaussian_radius(60 / 4, 20 / 4))
    assert radius > 0 and (heat > 0).sum() == (2 * radius + 1) ** 2


def test_a_point_outside_of_all_overlaps_is_small() -> None:
    for boxes, ids in ((COUPLE, [1, 2]), ([], [])):
        heat = occlusion_heat(tracked(0, boxes, ids, occlusions=[[100, 20, 0.5]]))
        assert heat[5, 25] == 0.5 and (heat > 0).sum() == 1
    assert occlusion_heat(tracked(0, COUPLE, [1, 2])).max() == 0


def test_a_dense_map_is_used_unchanged() -> None:
    dense = np.random.default_rng(0).random((20, 30), np.float32)
    assert occlusion_heat(tracked(0, COUPLE, [1, 2])._replace(occlusion_map=dense)) is dense


def test_a_network_without_occlusions_is_refused() -> None:
    blind = tracked(0, COUPLE, [1, 2], occlusions=None)
    for draw in (occlusion_heat, lambda one: draw_heatmaps([one]), lambda one: most_occluded([one], 1, apart=1)):
        with pytest.raises(ValueError, match="predicts no occlusions"):
            draw(blind)


def test_the_most_occluded_frames_lie_apart() -> None:
    scores = [0.2, 0.3, 0.9, 0.4, 0.0, 0.5, 0.5, 0.1, 0.8]
    tracked_frames = [tracked(i, COUPLE, [1, 2], occlusions=[[40, 40, score]]) for i, score in enumerate(scores)]
    assert [one.number for one in most_occluded(tracked_frames, 2, apart=3)] == [3, 9]
    assert [one.number for one in most_occluded(tracked_frames, 3, apart=3)] == [3, 6, 9]
    with pytest.raises(ValueError, match="no occlusions are predicted"):
        most_occluded([tracked(0, COUPLE, [1, 2])], 3, apart=1)


def test_tracks_above_and_heat_below() -> None:
    tracked_frames = [tracked(i, COUPLE, [1, 2], refound=[2], occlusions=[[40, 40, 0.9]]) for i in (4, 8)]
    figure = draw_heatmaps(tracked_frames)
    *panels, scale = figure.axes
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == ["Tracks, frame 5", "Tracks, frame 9", "Occlusions, frame 5", "Occlusions, frame 9"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "2"]
    assert {patch.get_linestyle() for patch in figure.axes[0].patches} == {"solid", "dashed"}
    assert scale.get_ylabel() == "score of an occlusion centre"
    assert scale.get_ylim() == pytest.approx((0, 0.9))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["detected", "refound"]
    with pytest.raises(ValueError, match="no frames to show"):
        draw_heatmaps([])
