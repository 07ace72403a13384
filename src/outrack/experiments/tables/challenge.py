"""Table 11: the MOTChallenge servers (paper Sec. 4.4).

The ground truth of the test sequences is not public, so these rows cannot be scored offline.
"""

from __future__ import annotations

from outrack.experiments.tables.definition import Measure, PaperScores, Row, Table

__all__ = ["TABLE_11"]

COLUMNS: tuple[Measure, ...] = ("mota", "idf1", "mt", "ml", "fp", "fn", "recall", "idsw", "frag")
SERVER = (
    "only the MOTChallenge server scores test sequences: train with the recipe of table10/utrack-occe*, "
    "run `outrack track` on them and submit the files"
)
OTHERS = "another authors' tracker; only the paper's number is shown"
OURS = ("OTrackct", "OUTrackfm")


def _rows(challenge: str, boxes: str, scores: str) -> tuple[Row, ...]:
    """Lines of `name | MOTA IDF1 MT ML FP FN Recall IDS Frag`; - if the paper has no value. MT and ML are in per
    cent."""
    rows = []
    for line in scores.strip().splitlines():
        name, _, numbers = (part.strip() for part in line.partition("|"))
        paper: PaperScores = {
            measure: float(text) for measure, text in zip(COLUMNS, numbers.split(), strict=True) if text != "-"
        }
        key = f"{challenge}-{boxes}-{name}".lower().replace(" ", "-")
        rows.append(Row(key, f"{challenge} {boxes}: {name}", paper, None, SERVER if name in OURS else OTHERS))
    return tuple(rows)


TABLE_11 = Table(
    "table11",
    "MOTChallenge test sets (MT and ML in per cent)",
    "the test sequences of MOT16, MOT17 and MOT20",
    COLUMNS,
    (
        *_rows(
            "MOT16",
            "public",
            """
            Tracktor++   | 56.2 54.9 20.7 35.8  2394 76844 57.9 617 1068
            GSMTracktor  | 57.0 58.2 22.0 34.5  4332 73573 59.6 475  859
            MPNTrack     | 58.6 61.7 27.3 34.0  4949 70252 61.5 354  684
            Lif_T        | 61.3 64.7 27.0 34.0  4844 65401 64.1 389 1034
            TMOH         | 63.2 63.5 27.0 31.0  3122 63376 65.2 635 1486
            OTrackct     | 65.3 62.7 26.1 34.9  5179 57484 68.5 628 1616
            OUTrackfm    | 69.3 67.5 37.3 19.1 10657 44059 75.8 1284 2677
            """,
        ),
        *_rows(
            "MOT16",
            "private",
            """
            JDE          | 64.4 55.8 35.4 20.0     -      -    - 1544    -
            LM_CNN       | 67.4 61.2 38.2 19.2 10109  48435 73.4  931 1034
            LMP          | 71.0 80.2 46.9 21.9  7880  44564 75.6  434  587
            SOTMOT       | 72.1 72.3 44.0 13.2 14344  34784    - 1681    -
            FairMOT      | 74.9 72.8 44.7 15.9 10163  34484 81.1 1074 2567
            FairMOT, same data | 72.7 74.0 42.0 17.8 12930 35804 80.4 1121 2732
            OTrackct     | 73.3 70.3 41.3 15.9 30057 115944 79.5 4440 8742
            OUTrackfm    | 74.2 71.1 44.8 14.0 13214  32581 82.1 1324 2413
            """,
        ),
        *_rows(
            "MOT17",
            "public",
            """
            Tracktor++   | 56.3 55.1 21.1 35.3  8866 235449 58.3 1987 3763
            GSMTracktor  | 56.4 57.8 22.2 34.5 14379 230174 59.2 1485 2763
            MPNTrack     | 58.8 61.7 28.8 33.5 17413 213594 62.1 1185 2265
            Lif_T        | 60.5 65.6 27.0 33.6 14966 206619 63.4 1189 3476
            CenterTrack  | 61.5 59.6 26.4 31.9 14076 200672 64.4 2583 4965
            TMOH         | 62.1 62.8 26.9 31.4 10951 201195 64.3 1897 4622
            SiamMTOT     | 65.9 63.3 34.6 23.9 18098 170955    -    -    -
            OTrackct     | 63.9 62.3 25.7 35.5 14903 186878 66.9 1949 4952
            OUTrackfm    | 69.0 66.8 37.6 19.7 28855 141587 74.9 4449 8733
            """,
        ),
        *_rows(
            "MOT17",
            "private",
            """
            CenterTrack  | 67.8 64.7 34.6 24.6 18498 160332 71.6 3039 6102
            SOTMOT       | 71.0 71.9 42.7 15.3 39537 118983    - 5184    -
            FairMOT      | 73.7 72.3 43.2 17.3 27507 117477 79.2 3303 8073
            FairMOT, same data | 71.8 73.1 40.9 19.0 34764 120909 78.6 3534 8724
            OTrackct     | 69.0 67.8 35.4 21.1 39159 133143 76.4 2643 6261
            OUTrackfm    | 73.5 70.2 43.3 15.2 34764 110577 80.4 4110 7506
            """,
        ),
        *_rows(
            "MOT20",
            "public",
            """
            SORT         | 42.7 45.1 16.7 26.2 27521 264694 48.8 4470 17798
            MLT          | 48.9 54.6 30.9 22.1 45660 216803 58.1 2187  3067
            Tracktor++   | 52.6 52.7 30.3 25.0  6439  36680 55.4 1648  4374
            TMOH         | 60.1 61.2 46.7 17.8 38043 165899 67.9 2342  4320
            OTrackct     | 60.8 60.0 56.4 14.3 70156 129703 74.9 2783  2984
            OUTrackfm    | 65.3 65.0 49.4 13.3 38709  13799 73.4 2832  7212
            """,
        ),
        *_rows(
            "MOT20",
            "private",
            """
            FairMOT      | 61.8 67.3 68.8  7.6 103440  88901 80.6 5243  7874
            FairMOT, same data | 68.1 71.1 53.3 12.9  30503 131380 74.6 3019 10509
            SOTMOT       | 68.6 71.4 64.9  9.7  57064 101154    - 4209     -
            OTrackct     | 65.8 61.8 58.9 13.1  48947 125152 73.8 2897  3064
            OUTrackfm    | 68.5 69.4 57.9 12.2  37431 123197 76.2 2147  5683
            """,
        ),
    ),
)
