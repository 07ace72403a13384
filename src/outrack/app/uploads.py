"""Uploads: a safe name, a size limit, and only containers that refer to no other file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import av

from outrack.video.file import VideoFile

__all__ = ["UploadError", "check_video", "receive", "safe_name"]

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,m4v,h264,hevc,mjpeg,ivf,gif,mxf,dv,nut"
)
"""FFmpeg demuxers that read a single file: no playlists, which name further files and addresses."""
_MAX_NAME = 80


class UploadError(ValueError):
    """A refused upload; the message is shown in the browser."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def safe_name(name: str) -> str:
    """The last part of a file name, with only letters, digits, blanks and `._-`, at most 80 characters."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, ending = re.sub(r"[^\w .-]", "_", last).rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "video")
    return f"{stem.strip(' .-_')[:_MAX_NAME] or 'video'}.{ending.strip()[:8] or 'video'}"


async def receive(chunks: AsyncIterator[bytes], path: Path, *, max_bytes: int) -> None:
    """Write an upload to `path`, which is removed if the upload is refused or aborted.

    Raises:
        UploadError: it is empty, or larger than `max_bytes`.
    """
    size = 0
    try:
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise UploadError(too_large(max_bytes), status=413)
                file.write(chunk)
        if not size:
            raise UploadError("The file is empty.")
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def too_large(max_bytes: int) -> str:
    """Why an upload is refused, and what to do."""
    return (
        f"The file is larger than {max_bytes / 1e6:,.0f} MB, the limit of this server. Cut or compress it, or "
        "start the server with a larger --max-upload."
    )


def check_video(path: Path) -> dict[str, object]:
    """Properties of a video for the page: width, height, frames, seconds.

    Raises:
        UploadError: it is not a video, or its format refers to other files.
    """
    try:
        with av.open(str(path), options={"format_whitelist": CONTAINERS}):
            pass
        with VideoFile(path) as video:
            width, height = video.size or (0, 0)
            return {
                "name": path.name,
                "width": width,
                "height": height,
                "frames": video.num_frames,
                "seconds": None if video.num_frames is None else video.num_frames / video.frame_rate,
            }
    except (OSError, ValueError, av.error.FFmpegError) as error:
        raise UploadError(
            f"{path.name} is not a readable video. Expected a file such as .mp4, .mov, .mkv, .avi or .webm."
        ) from error
