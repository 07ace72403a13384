"""Lives, counts and lengths, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.report import read_run
from outrack.report.heat import Heat, occlusion_points
from outrack.report.marks import area_path, bar_paths, ticks_of, words_of
from outrack.report.measures import Stretch, counts_of, length_counts, lives_of

from .conftest import box, json_lines


def test_a_life_is_its_stretches_without_a_gap(results: Path) -> None:
    first, second = lives_of(read_run(results))
    assert [(round(a, 3), round(b, 3), state) for a, b, state in first.stretches] == [
        (0.0, 0.3, "detected"),
        (0.3, 0.4, "refound"),
        (0.4, 0.5, "lost"),
        (0.5, 0.6, "detected"),
    ]
    assert (first.identity, first.num_boxes) == (1, {"detected": 4, "refound": 1})
    assert first.share("refound") == 0.2
    assert first.lost == pytest.approx(0.1)
    assert second.length == pytest.approx(0.2)
    assert [stretch.state for stretch in second.stretches] == ["predicted"]


def test_people_are_counted_by_frame_and_long_runs_in_bins(results: Path) -> None:
    counts = counts_of(read_run(results))
    assert counts.mean.tolist() == counts.most.tolist() == [1, 2, 2, 1, 0, 1]
    three = counts_of(read_run(results), max_bins=3)
    assert three.mean.tolist() == [1.5, 1.5, 0.5]
    assert three.most.tolist() == [2, 2, 1]
    assert three.edges == pytest.approx([0.0, 0.2, 0.4, 0.6])


def test_lengths_are_counted_between_edges(results: Path) -> None:
    results.write_text(json_lines({1: "d" * 5, 2: "d" * 10, 3: "d" * 31}, step_s=0.1))  # 0.5, 1.0 and 3.1 s
    edges, numbers = length_counts(lives_of(read_run(results)), "s")
    assert {float(edge): int(n) for edge, n in zip(edges, numbers, strict=True) if n} == {0.5: 1, 1.0: 1, 2.0: 1}


def test_paths_fill_a_field_of_1000_by_100() -> None:
    paths = bar_paths([Stretch(0.0, 1.0, "detected"), Stretch(1.0, 2.0, "lost")], (0.0, 4.0))
    assert paths == {"detected": "M0 0H250V100H0z", "lost": "M250 45H500V55H250z"}
    assert area_path(np.array([0.0, 1, 4]), np.array([2.0, 1]), (0.0, 4.0)) == "M0 100V0H250V50H1000V100z"


def test_ticks_are_round_and_few() -> None:
    assert ticks_of(0.0, 20.0, unit="s")[1] == (25.0, "5 s")
    assert [words for _, words in ticks_of(0.0, 20.0, unit="s")] == ["0 s", "5 s", "10 s", "15 s", "20 s"]
    assert [words for _, words in ticks_of(3590.0, 3711.0, unit="s")] == ["1:00:00", "1:00:30", "1:01:00", "1:01:30"]
    assert ticks_of(0.0, 0.0, unit="s") == []
    assert words_of(250.0, "frames") == "250 frames"


def test_heat_is_the_sum_of_weights_in_a_cell() -> None:
    heat = Heat(np.array([[0.5, 0.5], [0.9, 0.1], [95.5, 47.5], [500.0, -3.0]]), np.array([1.0, 2, 4, 8]), (96, 48))
    assert heat.cells.shape == (48, 96)
    assert (heat.cells[0, 0], heat.cells[47, 95], heat.cells[0, 95]) == (3, 4, 8)  # what lies outside is at the edge


def test_occlusions_are_overlaps_where_the_network_predicts_none(results: Path) -> None:
    run = read_run(results)
    points, predicted = occlusion_points(run)
    assert (points.tolist(), predicted) == ([], False)  # boxes 10 pixels apart, 8 wide
    run.xyxy[run.ids == 2] = box(1, 2)
    points, _ = occlusion_points(run)
    # Frame 2: the same box twice. Frame 3: one pixel apart, so that 7 of 8 pixels overlap.
    assert points.tolist() == [[16.0, 30.0], [16.5, 30.0]]
