"""Creates the selected refinding rule; settings of all rules. New rules are registered here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from outrack.tracking.ranges import require_not_negative
from outrack.tracking.refinders.base import NoRefinder, Refinder
from outrack.tracking.refinders.combined import CombinedRefinder, WithoutPoints
from outrack.tracking.refinders.geometry import GeometryRefinder, GeometrySettings
from outrack.tracking.refinders.graphs import GraphRefinder, GraphSettings
from outrack.tracking.refinders.official import OfficialRefinder, OfficialSettings
from outrack.tracking.refinders.points import PointRefinder, PointsSettings

__all__ = ["RefindPolicy", "RefindingSettings", "make_refinder"]

RefindPolicy = Literal["combined", "paper", "official", "geometric", "gsm", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefindingSettings:
    """Settings of refinding, in one group per rule.

    Attributes:
        window_s: a track is refound only this long after it was last supported (the paper's tau_w, not given there);
            graphs ignore it and refind for as long as the track is kept.
        points: by predicted occlusion centres ("paper", "combined").
        geometry: by an object in front ("geometric", "combined", and if the detector predicts no centres).
        official: as the authors' code does ("official").
        graphs: by the neighbours at the time of loss ("gsm").
    """

    window_s: float = 0.7
    points: PointsSettings = field(default_factory=PointsSettings)
    geometry: GeometrySettings = field(default_factory=GeometrySettings)
    official: OfficialSettings = field(default_factory=OfficialSettings)
    graphs: GraphSettings = field(default_factory=GraphSettings)

    def __post_init__(self) -> None:
        require_not_negative(self, "window_s")


def make_refinder(
    policy: RefindPolicy, settings: RefindingSettings, *, frame_rate: float, high_score: float
) -> Refinder:
    """The rule named by `policy`.

    Args:
        policy: see `TrackerConfig.refind`.
        settings: settings of all rules.
        frame_rate: frames per second, the unit of velocities.
        high_score: minimum score of detections that may hide a track.
    """
    window_s = settings.window_s
    if policy == "off":
        return NoRefinder()
    if policy == "gsm":
        return GraphRefinder(settings.graphs)
    geometry = GeometryRefinder(settings.geometry, window_s=window_s, frame_rate=frame_rate)
    if policy == "geometric":
        return geometry
    if policy == "official":
        official = OfficialRefinder(settings.official, window_s=window_s, frame_rate=frame_rate)
        return WithoutPoints(official, geometry)
    points = PointRefinder(settings.points, window_s=window_s, high_score=high_score)
    return CombinedRefinder(points, geometry) if policy == "combined" else WithoutPoints(points, geometry)
