"""What whoever starts the app decides, and what browsers may choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from outrack.video.address import is_address, shown_address

__all__ = ["SPEEDS", "AppSettings", "local_cameras"]

SPEEDS = ("auto", "fast", "balanced", "accurate")
BUNDLED = {"default": "default: most accurate, for research", "open": "open: may be used commercially"}


def local_cameras() -> tuple[str, ...]:
    """Numbers of the cameras at this computer, where the system lists them (Linux)."""
    numbers = (path.name.removeprefix("video") for path in Path("/dev").glob("video*"))
    return tuple(sorted((number for number in numbers if number.isdecimal()), key=int))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Settings of one server.

    Attributes:
        cameras: numbers and addresses that browsers may choose; never one that a browser names itself.
        weights: further networks that they may choose.
        device: where networks run, as of `load_detector`.
        max_upload_bytes: largest upload.
        max_jobs: videos that are tracked at once, of all browsers.
        max_sessions: browsers that may have files here at once.
        leave_s: a job stops when its browser has been away for so long.
        keep_s: files of a browser that has been away for so long are removed.
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
        """What browsers may choose, and what it is called."""
        return BUNDLED | {str(path): path.name for path in self.weights}

    def camera_names(self) -> list[str]:
        """What the cameras are called, in their order; addresses without their passwords."""
        return [shown_address(name) if is_address(name) else f"camera {name}" for name in self.cameras]
