"""What a run writes into its outputs about itself."""

from __future__ import annotations

from outrack.detectors import ModelInfo
from outrack.io.origin import origin_json
from outrack.tracking import TrackerConfig
from outrack.tracking.nested import flat_values

__all__ = ["origin_of"]


def origin_of(tracker: object, network: ModelInfo | None, *, stride: int, min_length_s: float, smoothed: bool) -> str:
    """Versions, commit, network and all settings of the tracker as one line of JSON; a run draws no random numbers.

    Args:
        tracker: with its settings, where it is one of ours.
        network: what its file says; None where none runs.
        stride: of the frames.
        min_length_s: tracks that live shorter are left out.
        smoothed: tracks are smoothed by what comes after.
    """
    config = getattr(tracker, "config", None)
    settings: dict[str, object] = {"stride": stride, "min_length_s": min_length_s, "smoothed": smoothed}
    if network is not None:
        settings |= {"network": network.name, "precision": network.precision}
    if isinstance(config, TrackerConfig):
        settings["tracker"] = flat_values(config)
    return origin_json(settings)
