"""Tables 1 to 4: learning appearance without identities (paper Sec. 4.3.1)."""

from __future__ import annotations

from outrack.experiments.tables.definition import REID, TRACKING, Recipe, Row, Table
from outrack.experiments.tables.rows import (
    CYCAS_SCORES,
    FAIRMOT_SCORES,
    MOT17_HALF,
    UTRACK,
    UTRACK_SCORES,
    tracking,
    utrack_with,
)

__all__ = ["TABLE_1", "TABLE_2", "TABLE_3", "TABLE_4"]

COLUMNS = (*TRACKING, *REID)

TABLE_1 = Table(
    "table1",
    "Ways to learn appearance",
    MOT17_HALF,
    COLUMNS,
    (
        Row("none", "FairMOT without Re-ID", tracking(65.8, 61.0, 133, 62, 2620, 14735, 1098), Recipe()),
        Row("supervised", "FairMOT (identities)", FAIRMOT_SCORES, Recipe(reid="supervised")),
        Row("cycas", "FairMOT+CycAs", CYCAS_SCORES, Recipe(reid="cycas")),
        Row("utrack", "FairMOT+UTrack", UTRACK_SCORES, UTRACK),
    ),
)

TABLE_2 = Table(
    "table2",
    "Terms of the Re-ID loss (Eq. 6)",
    MOT17_HALF,
    COLUMNS,
    (
        Row(
            "inter",
            "inter",
            tracking(67.3, 69.9, 134, 58, 2422, 14669, 592),
            utrack_with({"loss.intra_weight": "0.0", "loss.cycle_weight": "0.0"}),
        ),
        Row(
            "inter-intra",
            "inter, intra",
            tracking(67.5, 70.6, 133, 63, 2492, 14566, 531),
            utrack_with({"loss.cycle_weight": "0.0"}),
        ),
        Row("all", "inter, intra, cycle", UTRACK_SCORES, UTRACK),
    ),
)

TABLE_3 = Table(
    "table3",
    "The temperature T of Eq. 2",
    MOT17_HALF,
    COLUMNS,
    (
        *(
            Row(f"t{value}", f"T = {value}.0", paper, utrack_with({"loss.temperature": f"{value}.0"}))
            for value, paper in (
                (1, tracking(67.5, 63.2, 145, 57, 2778, 13978, 788)),
                (2, tracking(67.9, 63.5, 147, 58, 2717, 13840, 789)),
                (3, tracking(67.6, 65.0, 147, 57, 2894, 13791, 838)),
                (4, tracking(65.5, 69.1, 128, 62, 3186, 14874, 565)),
                (5, tracking(65.4, 70.1, 129, 59, 3130, 15059, 502)),
            )
        ),
        Row("adaptive", "T = 2 ln(C + 1)", UTRACK_SCORES, UTRACK),
    ),
)

TABLE_4 = Table(
    "table4",
    "The placeholder p",
    MOT17_HALF,
    COLUMNS,
    (
        Row(
            "none",
            "no placeholder",
            tracking(67.4, 71.1, 142, 62, 2457, 14588, 557),
            # Negative pairs are learned by assigning all objects to the placeholder; without it they have no loss.
            utrack_with({"loss.placeholder": "none", "loss.negatives": "'off'"}),
        ),
        Row(
            "zero",
            "p = 0",
            tracking(66.9, 70.7, 138, 60, 2685, 14735, 494),
            utrack_with({"loss.placeholder": "zero"}),
        ),
        Row("mean", "p = mean similarity", UTRACK_SCORES, UTRACK),
    ),
)
