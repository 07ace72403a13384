"""Scores of networks: likeness of embeddings, tracks of a split."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.evaluation.visibility import VisibilityLevel, VisibilityScores
from outrack.experiments.measuring import EmbeddingScores, hidden_recall, mean_likeness


def test_likeness_is_the_mean_cosine_between_different_people() -> None:
    rng = np.random.default_rng(3)
    embeddings = rng.normal(1, 1, (9, 4)).astype(np.float32)
    ids = np.array([0, 0, 3, 3, 3, 7, 8, 8, 9])
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    cosines = [unit[a] @ unit[b] for a in range(9) for b in range(9) if ids[a] != ids[b]]
    assert mean_likeness(embeddings, ids) == pytest.approx(np.mean(cosines), abs=1e-6)


@pytest.mark.parametrize(("rows", "likeness"), [(np.ones((4, 3)), 1.0), (np.eye(4), 0.0)])
def test_collapse_is_seen(rows: np.ndarray, likeness: float) -> None:
    found = mean_likeness(rows.astype(np.float32), np.arange(4))
    assert found == pytest.approx(likeness)
    assert EmbeddingScores(1.0, 1.0, found).collapsed == (likeness == 1)


def test_one_person_alone_has_no_match() -> None:
    assert mean_likeness(np.ones((3, 2), np.float32), np.zeros(3, np.int64)) == 0


def test_hidden_recall_weighs_levels_by_their_boxes() -> None:
    levels = (
        VisibilityLevel(0.0, 0.1, 30, 10.0, 0.0, 0),
        VisibilityLevel(0.1, 0.3, 10, 50.0, 0.0, 0),
        VisibilityLevel(0.3, 0.5, 99, 90.0, 0.0, 0),
    )
    assert hidden_recall(VisibilityScores(levels, ())) == pytest.approx((30 * 10 + 10 * 50) / 40)
    assert hidden_recall(VisibilityScores((), ())) == 0
