"""Numbers and recipes shared by several tables."""

from __future__ import annotations

from collections.abc import Mapping

from outrack.experiments.tables.definition import REID, TRACKING, PaperScores, Recipe

__all__ = [
    "CYCAS_SCORES",
    "FAIRMOT_SCORES",
    "MOT17_HALF",
    "OUTRACK",
    "UTRACK",
    "UTRACK_OCCE_SCORES",
    "UTRACK_SCORES",
    "reid",
    "tracking",
    "utrack_with",
]

MOT17_HALF = "MOT17, second halves of the training sequences"


def tracking(mota: float, idf1: float, mt: int, ml: int, fp: int, fn: int, idsw: int) -> PaperScores:
    """A row of the paper, in its order of columns."""
    return dict(zip(TRACKING, (mota, idf1, mt, ml, fp, fn, idsw), strict=True))


def reid(r1: float, mean_ap: float) -> PaperScores:
    """A row of Tables 7 and 8."""
    return dict(zip(REID, (r1, mean_ap), strict=True))


FAIRMOT_SCORES = tracking(67.5, 70.2, 134, 55, 2814, 14263, 492)
CYCAS_SCORES = tracking(67.0, 70.8, 134, 60, 2631, 14681, 503)
UTRACK_SCORES = tracking(67.6, 71.8, 137, 63, 2621, 14388, 503)
UTRACK_OCCE_SCORES = tracking(68.5, 72.0, 142, 57, 2840, 13797, 396)

UTRACK = Recipe(reid="utrack")
OUTRACK = Recipe(reid="utrack", occlusion=0.7, refind="paper")
"""FairMOT+UTrack+OccE, OUTrackfm of Table 11."""


def utrack_with(settings: Mapping[str, str]) -> Recipe:
    """UTrack with changed settings of its loss or its pairs."""
    return Recipe(reid="utrack", reid_settings=settings)
