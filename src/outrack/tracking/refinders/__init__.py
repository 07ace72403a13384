"""Rules that put boxes back on lost tracks: a file each, one protocol, chosen by `TrackerConfig.refind`."""

from __future__ import annotations

from outrack.tracking.config import TrackerConfig
from outrack.tracking.refinders.base import NoRefinder, Refinder, Situation
from outrack.tracking.refinders.combined import CombinedRefinder, WithoutPoints
from outrack.tracking.refinders.geometry import GeometryRefinder
from outrack.tracking.refinders.graphs import GraphRefinder
from outrack.tracking.refinders.official import OfficialRefinder
from outrack.tracking.refinders.points import PointRefinder

__all__ = ["Refinder", "Situation", "make_refinder"]


def make_refinder(config: TrackerConfig) -> Refinder:
    """The rule that `config.refind` names."""
    if config.refind == "off":
        return NoRefinder()
    if config.refind == "gsm":
        return GraphRefinder(limit=config.refind_graph_limit, sigma=config.refind_graph_sigma)
    geometry = GeometryRefinder(
        window_s=config.refind_s,
        frame_rate=config.frame_rate,
        min_covered=config.refind_min_covered,
        max_speed=config.refind_max_speed,
        max_age_ratio=config.refind_max_age_ratio,
    )
    points = PointRefinder(
        window_s=config.refind_s,
        high_score=config.high_score,
        threshold=config.refind_threshold,
        sigma=config.refind_sigma,
    )
    if config.refind == "geometric":
        return geometry
    if config.refind == "combined":
        return CombinedRefinder(points, geometry)
    if config.refind == "official":
        return WithoutPoints(OfficialRefinder(window_s=config.refind_s, frame_rate=config.frame_rate), geometry)
    return WithoutPoints(points, geometry)
