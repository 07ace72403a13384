"""Provenance of a run, for its outputs."""

from __future__ import annotations

from outrack.detectors import ModelInfo
from outrack.io.origin import origin_json
from outrack.tracking import TrackerConfig
from outrack.tracking.dotted_names import flat_values

__all__ = ["origin_of"]


def origin_of(
    tracker: object, network: ModelInfo | None, *, stride: int, min_length_s: float, smoothed: bool, is_drawn_on: bool
) -> str:
    """Versions, commit, network and all settings of the tracker as one line of JSON; there is no seed, since a run uses
    no random numbers.

    Args:
        tracker: the tracker, with its settings if it is one of ours.
        network: the metadata of its file; None without a network.
        stride: stride of the frames.
        min_length_s: tracks that live shorter are omitted.
        smoothed: whether tracks are smoothed with later frames.
        is_drawn_on: whether videos show boxes, trails or occlusions, see `outrack.datasets.drawn_on`.
    """
    config = getattr(tracker, "config", None)
    settings: dict[str, object] = {
        "stride": stride,
        "min_length_s": min_length_s,
        "smoothed": smoothed,
        "is_drawn_on": is_drawn_on,
    }
    if network is not None:
        settings |= {"network": network.name, "precision": network.precision}
    if isinstance(config, TrackerConfig):
        settings["tracker"] = flat_values(config)
    return origin_json(settings)
