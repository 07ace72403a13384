"""Step 5 of Algorithm 1: which lost tracks are asked for in a frame, by which rule they are refound, and what the rules
remember of a frame for the next ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections
from outrack.tracking.config import TrackerConfig
from outrack.tracking.gsm import Graphs, People, refind_by_graphs
from outrack.tracking.kalman import VELOCITY
from outrack.tracking.refinding import Refound, is_covered, refind_as_official, refind_by_geometry, refind_by_points
from outrack.tracking.tracklets import LOST, TRACKED, Tracklets

__all__ = ["SAME_INSTANT_S", "may_be_refound", "now_covered", "refind", "remember_graphs"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

SAME_INSTANT_S = 1e-6
"""Times that differ by less are equal: frame times are sums of fractions."""


def may_be_refound(tracklets: Tracklets, config: TrackerConfig, *, now_s: float) -> Indices:
    """Rows of the lost tracks that are asked for: the paper's w < tau_w, and all of them for GSM."""
    is_lost = tracklets.status == LOST
    if config.refind == "gsm":
        return np.flatnonzero(is_lost)
    return np.flatnonzero(is_lost & (now_s - tracklets.supported_s <= config.refind_s + SAME_INSTANT_S))


def refind(
    tracklets: Tracklets,
    graphs: Graphs,
    boxes: Floats,
    lost: Indices,
    detections: Detections,
    config: TrackerConfig,
    *,
    now_s: float,
) -> Refound:
    """Whose box is put back, and where.

    Args:
        tracklets: all of them, predicted to this frame.
        graphs: of the frames before, for GSM.
        boxes: their boxes, (T, 4).
        lost: rows of those that are asked for, (L,).
        detections: of this frame.
        config: says by which rule.
        now_s: time of this frame.

    Returns:
        Rows in `lost`, not in `tracklets`.
    """
    if config.refind == "off" or not len(lost):
        return Refound.empty()
    if config.refind == "gsm":
        # The motion model is left alone, as in OUTrack: correcting it costs a point of HOTA on MOT17.
        remembered, people = graphs.of_tracks(tracklets.ids[lost]), _people(tracklets, boxes)
        return refind_by_graphs(remembered, people, limit=config.refind_graph_limit, sigma=config.refind_graph_sigma)
    if config.refind == "geometric" or detections.occlusions is None:
        return _refind_geometric(tracklets, boxes, lost, config, now_s=now_s)
    if config.refind == "official":
        tracked = boxes[tracklets.status == TRACKED]
        age = now_s - tracklets.covered_s[lost]
        recent = np.flatnonzero(age <= 2 / config.frame_rate + SAME_INSTANT_S)
        refound = refind_as_official(boxes[lost[recent]], tracked, detections.occlusions)
        return refound._replace(lost=recent[refound.lost])
    refound = refind_by_points(
        boxes[lost],
        detections.xyxy[detections.scores >= config.high_score],
        detections.occlusions,
        threshold=config.refind_threshold,
        sigma=config.refind_sigma,
    )
    if config.refind == "paper":
        return refound
    rest = np.setdiff1d(np.arange(len(lost)), refound.lost)
    others = _refind_geometric(tracklets, boxes, lost[rest], config, now_s=now_s)
    return refound.with_others(others._replace(lost=rest[others.lost]))


def remember_graphs(graphs: Graphs, tracklets: Tracklets, boxes: Floats, config: TrackerConfig) -> Graphs:
    """Who stood around whom in this frame, if GSM refinds; else nothing new."""
    if config.refind != "gsm":
        return graphs
    return graphs.renewed(_people(tracklets, boxes), tracklets.ids[tracklets.status == LOST])


def now_covered(tracklets: Tracklets, boxes: Floats, config: TrackerConfig) -> NDArray[np.bool_]:
    """Which tracks another one covers in this frame, (T,), if that is asked for by the authors' rule; else none."""
    if config.refind != "official":
        return np.zeros(len(tracklets), np.bool_)
    tracked = tracklets.status == TRACKED
    return np.asarray(tracked & is_covered(boxes, by=tracked))


def _people(tracklets: Tracklets, boxes: Floats) -> People:
    """Who is detected in this frame, for GSM."""
    rows = np.flatnonzero(tracklets.status == TRACKED)
    return People(tracklets.ids[rows], boxes[rows], tracklets.embeddings[rows])


def _refind_geometric(
    tracklets: Tracklets, boxes: Floats, lost: Indices, config: TrackerConfig, *, now_s: float
) -> Refound:
    """By where somebody nearer covers the prediction, of those whose prediction can be believed."""
    credible = _credible(tracklets, boxes, lost, config, now_s=now_s)
    tracked = boxes[tracklets.status == TRACKED]
    refound = refind_by_geometry(boxes[lost[credible]], tracked, min_covered=config.refind_min_covered)
    return refound._replace(lost=credible[refound.lost])


def _credible(tracklets: Tracklets, boxes: Floats, lost: Indices, config: TrackerConfig, *, now_s: float) -> Indices:
    """Which of the lost tracks lived long enough, and move slowly enough, for their prediction to be believed."""
    life = tracklets.seen_s[lost] - tracklets.first_seen_s[lost]
    age = now_s - tracklets.seen_s[lost]
    speed = np.abs(tracklets.states[lost, VELOCITY, :2]).sum(axis=1) * config.frame_rate
    height = boxes[lost, 3] - boxes[lost, 1]
    return np.flatnonzero((age <= config.refind_max_age_ratio * life) & (speed <= config.refind_max_speed * height))
