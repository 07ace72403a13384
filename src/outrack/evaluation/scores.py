"""Scores of sequences, as HOTA, CLEAR and Identity count them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from outrack.io.sequences import Benchmark

__all__ = ["Evaluation", "Protocol", "Scores"]

Protocol = Literal["trackeval", "fairmot"]


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one sequence, or of several together. Shares are in per cent, the rest are counts.

    Attributes:
        hota, deta, assa: HOTA and its detection and association parts, mean over the IoU thresholds 0.05..0.95.
        mota: 100 (1 - (FN + FP + IDSW) / boxes of the ground truth); negative when errors outnumber boxes.
        motp: mean IoU of the matched boxes.
        idf1, idp, idr: F1, precision and recall of the boxes under the best one-to-one assignment of identities.
        recall, precision: recall and precision of the boxes at IoU 0.5.
        mt, ml: people of the ground truth tracked for more than 80 % and for less than 20 % of their frames.
        fp, fn: boxes without a person, and people without a box.
        idsw: identity switches.
        frag: how often a tracked person was lost and recovered.
        num_boxes, num_ids: boxes and people of the ground truth.
    """

    hota: float
    deta: float
    assa: float
    mota: float
    motp: float
    idf1: float
    idp: float
    idr: float
    recall: float
    precision: float
    mt: int
    ml: int
    fp: int
    fn: int
    idsw: int
    frag: int
    num_boxes: int
    num_ids: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of `evaluate`.

    Attributes:
        sequences: scores by name of the sequence.
        combined: scores of all sequences together, which is not the mean of the separate scores.
        benchmark, half, protocol: as requested.
    """

    sequences: Mapping[str, Scores]
    combined: Scores
    benchmark: Benchmark
    half: str
    protocol: Protocol
