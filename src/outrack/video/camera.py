"""Cameras of this computer, by number."""

from __future__ import annotations

import platform
from pathlib import Path

import av
from av.container import InputContainer

from outrack.video.connection import Connection, Patience
from outrack.video.live import LiveStream

__all__ = ["open_camera"]


def open_camera(
    number: int,
    *,
    newest: bool | None = None,
    patience: Patience | None = None,
    stride: int = 1,
    max_frames: int | None = None,
) -> LiveStream:
    """Camera 0, 1, ... as a live stream: Video4Linux on Linux, AVFoundation on macOS, Video for Windows elsewhere.

    Raises:
        FileNotFoundError: there is no such camera.
        ConnectionError: it cannot be opened, for instance because another program uses it.
    """
    if number < 0:
        raise ValueError(f"camera numbers start at 0, got {number}")
    if platform.system() == "Linux" and not Path(f"/dev/video{number}").exists():
        found = ", ".join(str(path) for path in sorted(Path("/dev").glob("video*"))) or "none"
        raise FileNotFoundError(
            f"camera {number}: no such device /dev/video{number} (cameras found: {found}). Is it plugged in?"
        )
    patience = patience or Patience()
    connection = Connection(lambda: _connect(number, patience.answer_s), label=f"camera {number}", patience=patience)
    return LiveStream(
        connection, name=f"camera{number}", newest=newest is not False, stride=stride, max_frames=max_frames
    )


def _connect(number: int, answer_s: float) -> InputContainer:
    if platform.system() == "Linux":
        return av.open(f"/dev/video{number}", format="v4l2", timeout=answer_s)
    if platform.system() == "Darwin":
        # AVFoundation refuses to start without a rate that the camera supports; all support 30.
        return av.open(f"{number}:none", format="avfoundation", options={"framerate": "30"}, timeout=answer_s)
    return av.open(str(number), format="vfwcap", timeout=answer_s)
