"""Annotated video: H.264 in MP4."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.base import Writer, failed_write

__all__ = ["Mp4Writer"]

_TICK = Fraction(1, 90_000)  # the usual MPEG clock: fine enough for any camera, and mp4 players know it
_KEYFRAME_S = 2.0
# Fragments on the disk as soon as they are complete, and one ordinary index instead of them after a proper close.
_MUXING = MappingProxyType({"movflags": "+hybrid_fragmented+frag_keyframe", "flush_packets": "1"})


class Mp4Writer(Writer):
    """H.264 (libx264, yuv420p), each picture shown at its own timestamp.

    Timestamps make a video with left-out frames or an uneven rate play at the right speed. The file is written in
    fragments of two seconds, so it can be played up to the last of them even after the process was killed; a proper
    close turns it into an ordinary mp4 with one index. Odd sizes are padded by one row or column, as yuv420p needs.

    Args:
        path: the file.
        frame_rate: nominal rate, written into the header.
        crf: constant rate factor of x264, 0 (lossless) to 51; 23 is its default.
        preset: x264's trade of speed against size. `superfast` is the fastest whose files are not much larger.
    """

    def __init__(self, path: Path, *, frame_rate: float, crf: int = 23, preset: str = "superfast") -> None:
        super().__init__(path)
        if not 0 < frame_rate < float("inf"):
            raise ValueError(f"{path}: expected a frame rate above 0, got {frame_rate}")
        self._rate = Fraction(frame_rate).limit_denominator(1001)
        # Without B-frames pictures are stored in the order they are shown, so that fragments start at their own time.
        self._options = {"crf": str(crf), "preset": preset, "bf": "0"}
        self._is_open = False
        self._last_pts = -1

    def write(
        self, frame: Frame, detections: Detections, tracks: Tracks, painted: NDArray[np.uint8] | None = None
    ) -> None:
        picture = frame.pixels if painted is None else painted
        try:
            if not self._is_open:
                self._open(picture)
                self._origin_s = frame.timestamp_s
            self._encode(picture, frame.timestamp_s)
        except OSError as error:
            self._abandon()
            raise failed_write(self.path, error, frame.index) from error

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._container.mux(self._stream.encode())
            self._container.close()
        except OSError as error:
            raise OSError(
                error.errno,
                f"{self.path}: cannot be finished ({error.strerror}). It plays up to its last {_KEYFRAME_S:g} s",
            ) from error

    def _abandon(self) -> None:
        """Close a file that takes no more; its whole fragments stay."""
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                self._container.close()

    def _open(self, picture: NDArray[np.uint8]) -> None:
        height, width, _ = picture.shape
        self._container = av.open(str(self.path), "w", options=dict(_MUXING))
        stream = self._container.add_stream("libx264", rate=self._rate, options=self._options)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.thread_type = "FRAME"  # PyAV would cut each picture in slices: 1.5 times slower on two cores
        stream.codec_context.time_base = _TICK
        stream.codec_context.gop_size = max(1, round(_KEYFRAME_S * self._rate))
        self._stream = stream
        self._is_open = True

    def _encode(self, picture: NDArray[np.uint8], timestamp_s: float) -> None:
        height, width, _ = picture.shape
        if (width, height) != (self._stream.width, self._stream.height):
            picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        # The buffer is shared for the length of the colour conversion only: a copy would cost more than the conversion.
        shown = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(picture)).reformat(format="yuv420p")
        shown.pts = max(round((timestamp_s - self._origin_s) / _TICK), self._last_pts + 1)
        shown.time_base = _TICK
        self._last_pts = shown.pts
        self._container.mux(self._stream.encode(shown))
