"""Annotated video: H.264 in MP4 or Matroska, VP9 in WebM."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

from outrack.io.fragments import keep_whole_fragments
from outrack.structures import Detections, Frame, Tracks
from outrack.video.pixels import is_high_definition
from outrack.video.planes import Planes
from outrack.video.writers.base import Painted, Writer, failed_write

__all__ = ["MOVIE_SUFFIXES", "MovieWriter"]

_TICK = Fraction(1, 90_000)  # the usual MPEG clock: fine enough for any camera, and supported by players
_KEYFRAME_S = 2.0
_FIRST_KEYFRAME_S = 0.25  # the first fragment is on disk with the second key frame; each later one is twice as long
# Threads of the encoder: its own choice on two cores. It writes their number into the file, which should be the same on
# every machine.
_MOST_THREADS = 3
_KEYFRAMES_BY_TIME = 100_000  # frames after which the encoder inserts a key frame itself; they are requested earlier
_BT709 = (Colorspace.ITU709, 1)  # the matrix, and the H.273 numbers of matrix, primaries and transfer
_BT601 = (Colorspace.ITU601, 6)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Codec and container for a file name's ending, with their options."""

    codec: str
    coding: Mapping[str, str]
    muxing: Mapping[str, str]
    square_pixels: bool = False  # the pixel aspect ratio cannot be stored: pictures are stretched


# `ultrafast` with deblocking takes half the time of `superfast`; its files are a fifth larger, and quality differs by
# less than half a decibel (docs/performance.md). Without B-frames pictures are stored in display order, so that
# fragments start at their own time. Requested key frames must be ones from which decoding can start.
_H264 = MappingProxyType(
    {"crf": "24", "preset": "ultrafast", "x264-params": "deblock=1,0,0", "bf": "0", "forced-idr": "1"}
)
_VP9 = MappingProxyType(
    {"crf": "33", "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1", "lag-in-frames": "0"}
)
_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        # Fragments are on disk as soon as they are complete, and are replaced by one index after a proper close.
        ".mp4": _Kind("libx264", _H264, {"movflags": "+hybrid_fragmented+frag_keyframe", "flush_packets": "1"}),
        ".mkv": _Kind("libx264", _H264, {"cluster_time_limit": "1000", "flush_packets": "1"}),
        ".webm": _Kind("libvpx-vp9", _VP9, {"cluster_time_limit": "1000", "flush_packets": "1"}, square_pixels=True),
    }
)

MOVIE_SUFFIXES = tuple(_KINDS)
"""File name endings of annotated video."""


class MovieWriter(Writer):
    """H.264 or VP9 (yuv420p), each picture shown at its own timestamp, with the pixel shape of the source.

    With timestamps, a video with skipped frames or an uneven rate plays at the right speed. There is a key frame every
    two seconds, and sooner at the start; the file can be played up to the last key frame even if the process was
    killed, from the first quarter of a second on. A proper close gives an mp4 one ordinary index. Odd sizes are padded
    by one row or column, as required by yuv420p. Colours are tagged.

    Args:
        path: the file; .mp4, .mkv or .webm.
        frame_rate: nominal rate, written to the header.
        origin: provenance; written to the `comment` of the file.

    Raises:
        ValueError: the rate is not above 0.
    """

    def __init__(self, path: Path, *, frame_rate: float, origin: str = "") -> None:
        super().__init__(path)
        if not 0 < frame_rate < float("inf"):
            raise ValueError(f"{path}: expected a frame rate above 0, got {frame_rate}")
        self._rate = Fraction(frame_rate).limit_denominator(1001) or Fraction(1, 1001)
        self._origin = origin
        self._is_open = False
        self._last_pts = -1
        self._key_s, self._key_after_s = 0.0, _FIRST_KEYFRAME_S

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        picture = frame.pixels if painted is None else painted
        try:
            if not self._is_open:
                self._open(picture.size if isinstance(picture, Planes) else picture.shape[1::-1], frame)
            shown = self._as_planes(picture) if isinstance(picture, Planes) else self._of_rgb(picture)
            self._encode(shown, frame.timestamp_s)
        except (OSError, av.error.FFmpegError) as error:
            self._abandon()
            raise failed_write(self.path, OSError(error.errno, error.strerror), frame.index) from error

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._container.mux(self._stream.encode())
            self._container.close()
        except (OSError, av.error.FFmpegError) as error:
            self._give_up()
            raise OSError(
                error.errno,
                f"{self.path}: cannot be finished ({error.strerror}). It plays up to its last {_KEYFRAME_S:g} s",
            ) from error

    def _abandon(self) -> None:
        """Close a file after an error; its complete fragments are kept."""
        if self._is_open:
            self._is_open = False
            self._give_up()

    def _give_up(self) -> None:
        with suppress(OSError, av.error.FFmpegError):
            self._container.close()
        if self.path.suffix.lower() == ".mp4":
            with suppress(OSError):
                keep_whole_fragments(self.path)

    def _open(self, size: tuple[int, ...], frame: Frame) -> None:
        kind = _KINDS[self.path.suffix.lower()]
        self._container = av.open(str(self.path), "w", options=dict(kind.muxing))
        try:
            self._add_stream(kind, size, frame)
        except BaseException:
            self._container.close()
            raise
        self._is_open = True

    def _add_stream(self, kind: _Kind, size: tuple[int, ...], frame: Frame) -> None:
        width, height = size
        if self._origin:
            self._container.metadata["comment"] = self._origin
        stream = cast(VideoStream, self._container.add_stream(kind.codec, rate=self._rate, options=dict(kind.coding)))
        if kind.square_pixels:
            width = max(1, round(width * frame.pixel_aspect))
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.thread_type = "FRAME"  # by default PyAV splits each picture into slices: 1.5 times slower on two cores
        context = stream.codec_context
        context.thread_count = max(1, min(_MOST_THREADS, -(-stream.height // 16) // 2))
        context.time_base = _TICK
        context.gop_size = _KEYFRAMES_BY_TIME
        context.sample_aspect_ratio = Fraction(1) if kind.square_pixels else frame.pixel_aspect
        # What players assume for an untagged video of this size, since some ignore tags.
        self._matrix, tag = _BT709 if is_high_definition(width, height) else _BT601
        context.colorspace = context.color_primaries = context.color_trc = tag
        context.color_range = ColorRange.MPEG
        self._stream = stream
        self._origin_s = self._key_s = frame.timestamp_s

    def _as_planes(self, picture: Planes) -> VideoFrame:
        """The frame itself, if it has the size and the colours of the video."""
        ours = (self._stream.width, self._stream.height, self._matrix == Colorspace.ITU709)
        if (*picture.size, picture.is_bt709) == ours:
            return picture.frame
        matrix = Colorspace.ITU709 if picture.is_bt709 else Colorspace.ITU601
        return self._converted(picture.frame, src_colorspace=matrix, src_color_range=ColorRange.MPEG)

    def _of_rgb(self, picture: NDArray[np.uint8]) -> VideoFrame:
        height, width, _ = picture.shape
        if width % 2 or height % 2:
            picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        # The buffer is only shared during the colour conversion: a copy would cost more than the conversion.
        return self._converted(VideoFrame.from_numpy_buffer(np.ascontiguousarray(picture)))

    def _converted(self, frame: VideoFrame, **of_source: Any) -> VideoFrame:
        return frame.reformat(
            width=self._stream.width,
            height=self._stream.height,
            format="yuv420p",
            dst_colorspace=self._matrix,
            dst_color_range=ColorRange.MPEG,
            **of_source,
        )

    def _encode(self, shown: VideoFrame, timestamp_s: float) -> None:
        shown.pts = max(round((timestamp_s - self._origin_s) / _TICK), self._last_pts + 1)
        shown.time_base = _TICK
        self._last_pts = shown.pts
        if timestamp_s - self._key_s >= self._key_after_s:  # by time, since the nominal rate may be wrong
            self._key_s, self._key_after_s = timestamp_s, min(2 * self._key_after_s, _KEYFRAME_S)
            shown.pict_type = PictureType.I
        self._container.mux(self._stream.encode(shown))
