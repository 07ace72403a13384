"""Settings of the server, and the choices that it offers to browsers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from outrack.video.address import is_address, shown_address

__all__ = ["SPEEDS", "AppSettings", "local_cameras"]

SPEEDS = ("auto", "fast", "balanced", "accurate")
BUNDLED = {"default": "default: most accurate, for research", "open": "open: may be used commercially"}


def local_cameras() -> tuple[str, ...]:
    """Numbers of the cameras of this computer, if the system lists them (Linux)."""
    numbers = (path.name.removeprefix("video") for path in Path("/dev").glob("video*"))
    return tuple(sorted((number for number in numbers if number.isdecimal()), key=int))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Settings of one server.

    Attributes:
        cameras: numbers and addresses that browsers may choose; a browser can never name its own.
        weights: further networks that they may choose.
        device: where networks run, as for `load_detector`.
        max_upload_bytes: largest upload.
        max_jobs: videos tracked at the same time, for all browsers.
        max_sessions: browsers that may have files at the same time.
        leave_s: a job stops after its browser has been away this long.
        keep_s: files are removed after their browser has been away this long.
    """

    cameras: tuple[str, ...] = field(default_factory=local_cameras)
    weights: tuple[Path, ...] = ()
    device: str = "auto"
    max_upload_bytes: int = 2 << 30
    max_jobs: int = 2
    max_sessions: int = 16
    leave_s: float = 15.0
    keep_s: float = 1800.0

    def networks(self) -> dict[str, str]:
        """The networks that browsers may choose, with their names."""
        return BUNDLED | {str(path): path.name for path in self.weights}

    def camera_names(self) -> list[str]:
        """Names of the cameras, in order; addresses without passwords."""
        return [shown_address(name) if is_address(name) else f"camera {name}" for name in self.cameras]
