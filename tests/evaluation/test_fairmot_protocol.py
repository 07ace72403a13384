"""FairMOT's own counting against py-motmetrics 1.4.0 and against cases small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from outrack.evaluation import LabelledSequence, Scores, SequenceResults, evaluate, evaluate_sequences

Writer = Callable[..., Path]
BOX = np.array([0.0, 0, 20, 40])


def score(truth: list[tuple[int, int, float]], results: list[tuple[int, int, float]], protocol: str) -> Scores:
    """Scores of boxes given as (frame, identity, left side); all are 20 wide, so 5 apart is an IoU of 0.6."""

    def arrays(rows: list[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        frames, ids, left = (np.array(column) for column in zip(*rows, strict=True))
        return frames, ids, BOX + left[:, None] * np.array([1, 0, 1, 0])

    of_truth, of_results = arrays(truth), arrays(results)
    ones = np.ones(len(truth), np.int64)
    pair = (LabelledSequence("MOT17-02", 10, *of_truth, ones == 1, ones), SequenceResults(*of_results))
    return evaluate_sequences([pair], protocol=protocol).combined  # type: ignore[arg-type]


def test_frames_without_any_result_are_not_visited() -> None:
    truth, results = [(1, 1, 0), (2, 1, 0), (3, 1, 0)], [(1, 5, 0), (3, 5, 0)]
    assert (score(truth, results, "fairmot").fn, score(truth, results, "trackeval").fn) == (0, 1)


def test_a_person_keeps_the_last_track_however_long_ago() -> None:
    truth = [(1, 1, 0), (2, 1, 0), (2, 2, 90), (3, 1, 0)]
    results = [(1, 5, 0), (2, 9, 90), (3, 6, 0), (3, 5, 5)]
    assert score(truth, results, "fairmot").idsw == 0  # track 5 is further away but still covers the person
    assert score(truth, results, "trackeval").idsw == 1  # the nearer track 6 is new to the person


def test_mostly_tracked_starts_at_80_per_cent() -> None:
    truth = [(frame, person, 90 * person) for frame in range(1, 6) for person in (1, 2)]
    results = [(frame, 2, 180) for frame in range(1, 6)] + [(frame, 1, 90) for frame in range(1, 5)]
    assert (score(truth, results, "fairmot").mt, score(truth, results, "trackeval").mt) == (2, 1)


def test_a_person_who_was_away_is_not_interrupted() -> None:
    truth = [(1, 1, 0), (1, 2, 90), (2, 2, 90), (3, 1, 0), (3, 2, 90)]
    results = [(1, 5, 0), (1, 6, 90), (2, 6, 90), (3, 5, 0), (3, 6, 90)]
    assert (score(truth, results, "fairmot").frag, score(truth, results, "trackeval").frag) == (0, 1)


def test_distractors_claim_their_results_first(add_truth: Writer, add_results: Writer) -> None:
    # The result lies on a person, and less well on a distractor beside them.
    ground_truth = add_truth("MOT17-02-SDP", ["1,1,0,0,20,40,1,1,1", "1,2,5,0,20,40,0,8,1"])
    folder = add_results("MOT17-02-SDP", ["1,1,0,0,20,40,1"])
    assert evaluate(ground_truth, folder).combined.fn == 0
    fairmot = evaluate(ground_truth, folder, protocol="fairmot").combined
    assert (fairmot.fn, fairmot.fp) == (1, 0)


@pytest.mark.parametrize("benchmark", ["mot15", "mot20", "plain"])
def test_other_benchmarks_are_refused(benchmark: str, add_truth: Writer, add_results: Writer) -> None:
    ground_truth = add_truth("A", ["1,1,0,0,20,40,1,1,1"])
    with pytest.raises(ValueError, match="knows the classes of MOT16 and MOT17 only"):
        evaluate(ground_truth, add_results("A", []), benchmark=benchmark, protocol="fairmot")  # type: ignore[arg-type]


def test_equals_py_motmetrics_on_real_sequences(shared: Path) -> None:
    """The numbers are those of py-motmetrics 1.4.0, fed as FairMOT's script feeds it."""
    data = shared / "data"
    found = evaluate(data / "mot17", data / "mot17_results", protocol="fairmot").combined
    counts = (found.mt, found.ml, found.fp, found.fn, found.idsw, found.frag)
    assert counts == (189, 91, 1663, 34548, 141, 265)
    shares = (found.mota, 100 - found.motp, found.idf1, found.idp, found.idr, found.recall, found.precision)
    assert shares == pytest.approx((62.7297, 11.2176, 70.6246, 88.5864, 58.7188, 64.5792, 97.4277), abs=1e-4)
