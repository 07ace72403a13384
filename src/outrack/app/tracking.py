"""From a browser's request to a `TrackJob`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from outrack.app.settings import BUNDLED, SPEEDS, AppSettings
from outrack.app.uploads import UploadError
from outrack.detectors import Speed
from outrack.jobs.track_job import TrackJob
from outrack.video.source_names import source_name

__all__ = ["track_job"]

ENDINGS = (".mp4", ".txt", ".csv", ".jsonl", ".xml")
"""Files that a browser may download: video, MOTChallenge, tables, CVAT."""
RECONNECT_S = 20.0
"""Seconds after which a disconnected camera ends its job, so that it does not occupy a slot forever."""


def track_job(asked: Mapping[str, Any], settings: AppSettings, upload: Path | None, results: Path) -> TrackJob:
    """The job for a browser's request.

    Args:
        asked: `camera` (number in the settings' list, or None for the upload), `network`, `speed`, `trails`,
            `occlusions`, as the page sends them.
        settings: the choices on offer.
        upload: the browser's video, if it sent one.
        results: folder of the results.

    Raises:
        UploadError: the request is not one of the choices, or there is no video yet.
    """
    source = _source(asked.get("camera"), settings, upload)
    network, speed = asked.get("network", "default"), asked.get("speed", "auto")
    if network not in settings.networks() or speed not in SPEEDS:
        raise UploadError("This network or speed is not offered here. Reload the page.")
    name = source_name(source)
    return TrackJob(
        source=source,
        name=name,
        output=tuple(str(results / f"{name}{ending}") for ending in ENDINGS),
        overwrite=True,
        show_trails=bool(asked.get("trails")),
        show_occlusion=bool(asked.get("occlusions")) and network != "default",
        summary=results / f"{name}.summary.json",
        weights=Path(network) if network not in BUNDLED or network == "open" else None,
        device=settings.device,
        speed=cast("Speed | Literal['auto']", speed),
        reconnect_for=RECONNECT_S,
    )


def _source(camera: object, settings: AppSettings, upload: Path | None) -> str:
    if camera is None:
        if upload is None:
            raise UploadError("There is no video yet: drop one first.", status=409)
        return str(upload)
    if not isinstance(camera, int) or not 0 <= camera < len(settings.cameras):
        raise UploadError("This camera is not offered here. Reload the page.")
    return settings.cameras[camera]
