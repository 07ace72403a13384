"""Scores of a validation, by source, and the score by which the best network is chosen."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from outrack.training.config.training_config import BestMeasure

__all__ = ["SourceScores", "Validation"]


@dataclass(frozen=True, slots=True)
class SourceScores:
    """Scores of one source; all but the loss and the number of switches in per cent.

    Attributes:
        source: its name.
        loss: loss of detection and occlusion.
        ap50, ap: average precision.
        r1, reid_map: of the embedding at the labelled boxes; None without identities.
        occlusion_precision, occlusion_recall: of the predicted points; None without the heads.
        mota, idf1, hota, idsw: of the tracks of all its videos together; None if they are not tracked.
    """

    source: str
    loss: float
    ap50: float
    ap: float
    r1: float | None = None
    reid_map: float | None = None
    occlusion_precision: float | None = None
    occlusion_recall: float | None = None
    mota: float | None = None
    idf1: float | None = None
    hota: float | None = None
    idsw: int | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """Scores of every source."""

    sources: tuple[SourceScores, ...]

    def named(self) -> dict[str, float]:
        """Every number as `source/measure`."""
        return {
            f"{scores.source}/{name}": value
            for scores in self.sources
            for name, value in asdict(scores).items()
            if isinstance(value, float | int)
        }

    def score(self, measure: BestMeasure) -> float:
        """The score by which the best network is chosen: the mean over the sources, higher is better."""
        ap = [scores.ap50 for scores in self.sources]
        ranks = [scores.reid_map for scores in self.sources if scores.reid_map is not None]
        if measure == "ap50" or not ranks:
            return float(np.mean(ap))
        if measure == "reid_map":
            return float(np.mean(ranks))
        return float((np.mean(ap) + np.mean(ranks)) / 2)
