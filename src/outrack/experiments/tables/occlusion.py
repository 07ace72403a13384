"""Tables 5 and 6: occlusion estimation and refinding (paper Sec. 4.3.2), and our table that compares refinding
rules."""

from __future__ import annotations

from dataclasses import replace

from outrack.experiments.tables.definition import TRACKING, Recipe, Row, Table
from outrack.experiments.tables.rows import (
    MOT17_HALF,
    OUTRACK,
    UTRACK,
    UTRACK_OCCE_SCORES,
    UTRACK_SCORES,
    tracking,
)

__all__ = ["REFINDING", "TABLE_5", "TABLE_6"]

CENTERTRACK = Recipe(network="centertrack")
OTRACK = Recipe(network="centertrack", occlusion=0.7, refind="paper")

TABLE_5 = Table(
    "table5",
    "Refinding by predicted occlusions",
    MOT17_HALF,
    (*TRACKING, "hidden_recall"),
    (
        Row("utrack", "FairMOT+UTrack", UTRACK_SCORES, UTRACK),
        Row(
            "utrack-gsm",
            "FairMOT+UTrack+GSM",
            tracking(68.1, 71.8, 164, 49, 5095, 11763, 366),
            replace(UTRACK, refind="gsm"),
        ),
        Row("utrack-occe", "FairMOT+UTrack+OccE", UTRACK_OCCE_SCORES, OUTRACK),
        Row("centertrack", "CenterTrack", tracking(60.7, 62.7, 112, 76, 2179, 18447, 564), CENTERTRACK),
        Row(
            "centertrack-gsm",
            "CenterTrack+GSM",
            tracking(61.5, 63.9, 131, 63, 4508, 15943, 254),
            replace(CENTERTRACK, refind="gsm"),
        ),
        Row("centertrack-occe", "CenterTrack+OccE", tracking(62.1, 64.6, 127, 68, 3372, 16583, 440), OTRACK),
    ),
)

TABLE_6 = Table(
    "table6",
    "The threshold tau of Eq. 9",
    MOT17_HALF,
    (*TRACKING, "hidden_recall"),
    tuple(
        Row(f"tau{tau}", f"tau = {tau}", paper, replace(OUTRACK, occlusion=tau))
        for tau, paper in (
            (0.3, tracking(68.3, 70.4, 145, 57, 3228, 13501, 412)),
            (0.5, tracking(68.3, 72.0, 143, 55, 3114, 13609, 426)),
            (0.7, UTRACK_OCCE_SCORES),
            (0.9, tracking(68.4, 71.8, 141, 58, 2758, 13928, 397)),
        )
    ),
)

REFINDING = Table(
    "refinding",
    "Refinding rules, one network",
    "not in the paper",
    (*TRACKING, "recall", "hidden_recall"),
    (
        Row("off", "never", {}, replace(OUTRACK, refind="off")),
        Row("geometric", "overlap with a person in front", {}, replace(OUTRACK, refind="geometric")),
        Row("paper", "Algorithm 1, Eq. 15 and 16", {}, OUTRACK),
        Row("combined", "Algorithm 1, then overlap with a person in front", {}, replace(OUTRACK, refind="combined")),
        Row("official", "as the official code does", {}, replace(OUTRACK, refind="official")),
        Row("gsm", "GSM", {}, replace(OUTRACK, refind="gsm")),
    ),
)
