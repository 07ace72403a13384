"""Our adapter against TrackEval called directly on files, and against published numbers on real data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outrack.evaluation import evaluate

trackeval = pytest.importorskip("trackeval")

FIELDS = {
    "hota": "HOTA",
    "deta": "DetA",
    "assa": "AssA",
    "mota": "MOTA",
    "motp": "MOTP",
    "idf1": "IDF1",
    "idp": "IDP",
    "idr": "IDR",
    "recall": "CLR_Re",
    "precision": "CLR_Pr",
    "mt": "MT",
    "ml": "ML",
    "fp": "CLR_FP",
    "fn": "CLR_FN",
    "idsw": "IDSW",
    "frag": "Frag",
}
COUNTS = ("mt", "ml", "fp", "fn", "idsw", "frag")


def call_trackeval(ground_truth: Path, results: Path, benchmark: str) -> dict[str, dict[str, float]]:
    """Fields of each sequence and of COMBINED_SEQ, through TrackEval's own data set and evaluator."""
    names = sorted(path.name for path in ground_truth.iterdir())
    trackers = results.parent / "trackers"
    (trackers / "ours").mkdir(parents=True)
    (trackers / "ours" / "data").symlink_to(results)
    quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
    dataset = trackeval.datasets.MotChallenge2DBox(
        {
            "GT_FOLDER": str(ground_truth),
            "TRACKERS_FOLDER": str(trackers),
            "BENCHMARK": benchmark.upper(),
            "SKIP_SPLIT_FOL": True,
            "SEQ_INFO": dict.fromkeys(names),
            "PRINT_CONFIG": False,
        }
    )
    evaluator = trackeval.Evaluator(
        {
            "USE_PARALLEL": False,
            "BREAK_ON_ERROR": True,
            "RETURN_ON_ERROR": False,
            "PRINT_RESULTS": False,
            "PRINT_CONFIG": False,
            "TIME_PROGRESS": False,
            "OUTPUT_SUMMARY": False,
            "OUTPUT_DETAILED": False,
            "PLOT_CURVES": False,
            "OUTPUT_EMPTY_CLASSES": False,
        }
    )
    metrics = [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet), trackeval.metrics.Identity(quiet)]
    found, _ = evaluator.evaluate([dataset], metrics)
    by_sequence = found["MotChallenge2DBox"]["ours"]
    return {
        name: {key: float(np.mean(value)) for part in fields["pedestrian"].values() for key, value in part.items()}
        for name, fields in by_sequence.items()
    }


def check_equal(ours: dict[str, Any], theirs: dict[str, float], where: str) -> None:
    for name, field in FIELDS.items():
        wanted = theirs[field] if name in COUNTS else 100 * theirs[field]
        assert ours[name] == wanted, f"{where}: {name}"


@pytest.mark.parametrize("benchmark", ["mot15", "mot16", "mot17", "mot20"])
def test_equals_trackeval_called_directly(
    benchmark: str,
    make_sequence: Callable[..., tuple[list[str], list[str]]],
    add_truth: Callable[..., Path],
    add_results: Callable[..., Path],
) -> None:
    prefix = benchmark.upper()
    for seed in range(12):
        truth, results = make_sequence(seed, has_classes=benchmark != "mot15")
        ground_truth = add_truth(f"{prefix}-{seed:02d}", truth, 25)
        folder = add_results(f"{prefix}-{seed:02d}", results)
    truth, _ = make_sequence(100, has_classes=benchmark != "mot15")
    add_truth(f"{prefix}-98", truth, 25)
    add_results(f"{prefix}-98", [])

    theirs = call_trackeval(ground_truth, folder, benchmark)
    ours = evaluate(ground_truth, folder, benchmark=benchmark)  # type: ignore[arg-type]

    assert len(ours.sequences) == 13
    for name, scores in ours.sequences.items():
        check_equal(asdict(scores), theirs[name], name)
    check_equal(asdict(ours.combined), theirs["COMBINED_SEQ"], "combined")
    assert ours.combined.fp > 0 and ours.combined.fn > 0 and ours.combined.idsw > 0 and ours.combined.frag > 0


def test_gives_the_published_numbers_on_real_sequences(shared: Path) -> None:
    data = shared / "data"
    reference = json.loads((data / "mot17_results" / "MPNTrack_reference_metrics.json").read_text())
    ours = evaluate(data / "mot17", data / "mot17_results")
    assert ours.sequences.keys() == reference.keys()
    for name, wanted in reference.items():
        scores = asdict(ours.sequences[name])
        assert {key: round(scores[key.lower()], 3) for key in wanted} == wanted
    counts = {name[6:8]: (scores.num_boxes, scores.num_ids) for name, scores in ours.sequences.items()}
    assert counts == {"02": (18581, 62), "04": (47557, 83), "05": (6917, 133), "10": (12839, 57), "13": (11642, 110)}
