"""One frame of a video file, found by seeking; no file is written."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

__all__ = ["frame_path", "read_video_frame", "video_of"]

_NAME = re.compile(r"\d{6,}@(-?\d+)")
_MOST_LATER = 64
"""Frames of later times after which the search ends."""


def frame_path(video: Path, number: int, pts: int) -> Path:
    """The path of a frame that leads through its video, such as `street.mp4/000013@12012`.

    Args:
        video: the file.
        number: number of the frame, from 0; the path counts from 1.
        pts: its presentation time in ticks of the file, by which it is found.
    """
    return video / f"{number + 1:06d}@{pts}"


def video_of(path: Path) -> Path | None:
    """The video that a path of `frame_path` leads through; None for all others."""
    return path.parent if _NAME.fullmatch(path.name) and path.parent.is_file() else None


def read_video_frame(path: Path, video: Path) -> NDArray[np.uint8]:
    """Decode a frame, starting at the key frame before it, RGB (H, W, 3), with the file's rotation applied.

    Args:
        path: of `frame_path`.
        video: as for `video_of`.

    Raises:
        ValueError: the file is not a video, or has no such frame that can be decoded.
    """
    name = _NAME.fullmatch(path.name)
    assert name is not None
    pts = int(name[1])
    try:
        for from_the_start in (False, True):  # some formats seek to a key frame after the one that is needed
            frame = _sought(video, pts, from_the_start=from_the_start)
            if frame is not None:
                return np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90) % 4)
    except av.error.FFmpegError as error:
        raise ValueError(f"{video}: not a readable video ({error.strerror})") from error
    raise ValueError(f"{path}: this frame cannot be decoded. Was the video replaced? Remove its labels, or repair it")


def _sought(video: Path, pts: int, *, from_the_start: bool) -> VideoFrame | None:
    """The frame whose packet has the time `pts`, at the size that the file states."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.copy_opaque = True
        size = stream.width, stream.height
        if not from_the_start:
            container.seek(pts, stream=stream)
        num_later = 0
        for packet in container.demux(stream):
            packet.opaque = packet.pts  # decoders may change times
            try:
                decoded = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in decoded:
                if not isinstance(frame, VideoFrame) or not isinstance(frame.opaque, int):
                    continue
                if frame.opaque == pts:
                    return frame.reformat(*size)
                num_later += frame.opaque > pts
            if num_later > _MOST_LATER:
                return None
    return None
