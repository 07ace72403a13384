"""Tables 7 to 10: learning from stills (paper Sec. 4.3.3)."""

from __future__ import annotations

from dataclasses import replace

from outrack.experiments.tables.definition import REID, TRACKING, Recipe, Row, Table
from outrack.experiments.tables.occlusion import CENTERTRACK, OTRACK
from outrack.experiments.tables.rows import (
    CYCAS_SCORES,
    FAIRMOT_SCORES,
    MOT17_HALF,
    OUTRACK,
    UTRACK,
    UTRACK_OCCE_SCORES,
    UTRACK_SCORES,
    reid,
    tracking,
)

__all__ = ["TABLE_7", "TABLE_8", "TABLE_9", "TABLE_10"]

SUPERVISED_STILLS = Recipe(reid="supervised", learned_from="stills")
CYCAS_STILLS = Recipe(reid="cycas", learned_from="stills")
UTRACK_STILLS = Recipe(reid="utrack", learned_from="stills")

TABLE_7 = Table(
    "table7",
    "Appearance learned from stills alone",
    "MOT17, all training sequences; learned from CrowdHuman",
    REID,
    (
        Row("supervised", "FairMOT (one identity a box)", reid(42.9, 25.4), SUPERVISED_STILLS),
        Row("cycas", "FairMOT+CycAs", reid(54.8, 32.9), CYCAS_STILLS),
        Row("utrack", "FairMOT+UTrack", reid(56.4, 34.1), UTRACK_STILLS),
    ),
)

TABLE_8 = Table(
    "table8",
    "Negative pairs for each positive one",
    "MOT17, all training sequences; learned from CrowdHuman",
    REID,
    tuple(
        Row(
            f"n{tenths}",
            f"{tenths}/{10 - tenths}",
            paper,
            replace(UTRACK_STILLS, reid_settings={"data.negative": f"0.{tenths}"}),
        )
        for tenths, paper in (
            (1, reid(54.6, 32.8)),
            (2, reid(56.4, 34.1)),
            (3, reid(58.1, 31.8)),
            (4, reid(57.9, 31.3)),
            (5, {}),  # the paper: not converged
            (6, {}),
        )
    ),
)

TABLE_9 = Table(
    "table9",
    "Tracking with what was learned from stills alone",
    MOT17_HALF,
    TRACKING,
    (
        Row("supervised", "FairMOT", tracking(64.0, 64.6, 138, 63, 2130, 16806, 501), SUPERVISED_STILLS),
        Row("cycas", "FairMOT+CycAs", tracking(63.9, 64.9, 137, 62, 2781, 16105, 594), CYCAS_STILLS),
        Row("utrack", "FairMOT+UTrack", tracking(64.8, 69.2, 143, 64, 2390, 16203, 418), UTRACK_STILLS),
    ),
)


def _then_video(recipe: Recipe) -> Recipe:
    return replace(recipe, learned_from="stills, then video")


TABLE_10 = Table(
    "table10",
    "Video with (*) and without stills before",
    MOT17_HALF,
    TRACKING,
    (
        Row("supervised", "FairMOT", FAIRMOT_SCORES, Recipe(reid="supervised")),
        Row(
            "supervised*",
            "FairMOT*",
            tracking(70.7, 74.7, 172, 48, 3255, 12171, 431),
            _then_video(SUPERVISED_STILLS),
        ),
        Row("cycas", "FairMOT+CycAs", CYCAS_SCORES, Recipe(reid="cycas")),
        Row("cycas*", "FairMOT+CycAs*", tracking(69.4, 70.8, 158, 46, 3412, 12515, 592), _then_video(CYCAS_STILLS)),
        Row("utrack", "FairMOT+UTrack", UTRACK_SCORES, UTRACK),
        Row("utrack*", "FairMOT+UTrack*", tracking(70.8, 73.8, 165, 45, 3222, 12052, 524), _then_video(UTRACK_STILLS)),
        Row("utrack-occe", "FairMOT+UTrack+OccE", UTRACK_OCCE_SCORES, OUTRACK),
        Row(
            "utrack-occe*",
            "FairMOT+UTrack+OccE*",
            tracking(72.0, 73.1, 168, 46, 3565, 11119, 417),
            _then_video(OUTRACK),
        ),
        Row("centertrack", "CenterTrack", tracking(60.7, 62.7, 112, 76, 2179, 18447, 564), CENTERTRACK),
        Row(
            "centertrack*",
            "CenterTrack*",
            tracking(66.1, 64.2, 140, 72, 2442, 15286, 588),
            _then_video(CENTERTRACK),
        ),
        Row("centertrack-occe", "CenterTrack+OccE", tracking(62.1, 64.6, 127, 68, 3372, 16583, 440), OTRACK),
        Row(
            "centertrack-occe*",
            "CenterTrack+OccE*",
            tracking(67.4, 67.6, 158, 63, 4086, 13107, 414),
            _then_video(OTRACK),
        ),
    ),
)
