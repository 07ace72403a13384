"""Parts of one video file, read separately. A part is decoded from a key frame, and its frames keep the file's
indices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import av

from outrack.io.packet_order import PacketOrder
from outrack.video.base import Moment, VideoSource
from outrack.video.declared import longest_step_s
from outrack.video.decoding import decoded_moments, video_stream
from outrack.video.file import VideoFile
from outrack.video.timeline import Timeline

__all__ = ["Part", "VideoPart", "parts_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """The frames of a part, and where decoding starts.

    Attributes:
        start, stop: index of its first frame, and the index after its last.
        own: index of the first frame that belongs only to this part; earlier ones are also the end of the previous
            part.
        key_pts: presentation time of the key frame from which decoding begins, in ticks of the file.
        key_index: number of packets before that key frame.
        frame_rate: frame rate of the file.
    """

    start: int
    stop: int
    own: int
    key_pts: int
    key_index: int
    frame_rate: float


class VideoPart(VideoSource):
    """The frames of one part of a file.

    Args:
        path: the file.
        part: one of `parts_of` it.
        stride: as for `VideoSource`, counted from the first frame of the file.
    """

    def __init__(self, path: Path, part: Part, *, stride: int = 1) -> None:
        self._path, self._part = path, part
        self._container = av.open(str(path))
        try:
            self._stream = video_stream(self._container, path.name)
            super().__init__(
                name=path.stem,
                frame_rate=part.frame_rate,
                indices=range(part.start, part.stop),
                size=(self._stream.width, self._stream.height),
                counted=False,
                stride=stride,
            )
            self.size = None  # rotation and repairs are only known to the decoder
            self._container.seek(part.key_pts, stream=self._stream)
        except BaseException:
            self._container.close()
            raise

    def _moments(self) -> Iterator[Moment]:
        part = self._part
        timeline = Timeline(frame_rate=self.frame_rate, longest_step_s=longest_step_s(self._container))
        for moment in decoded_moments(self._container, self._stream, self._path.name, timeline):
            index = part.key_index + moment.index
            if index >= part.stop:
                return
            if index >= part.start:
                yield replace(moment, index=index)

    def close(self) -> None:
        self._container.close()


def parts_of(path: Path, number: int, *, overlap_s: float, max_frames: int | None = None) -> list[Part]:
    """Divide a video file into parts of equal length; fewer than `number` if they would be shorter than twice the
    overlap.

    Args:
        path: the file. It is read once completely, without decoding.
        number: number of parts.
        overlap_s: seconds by which each part after the first starts before its own frames.
        max_frames: use only this many frames; None uses all.

    Raises:
        FileNotFoundError, ValueError: as for `VideoFile`; or frames cannot be sought because they have no timestamps.
    """
    with VideoFile(path) as video:
        frame_rate = video.frame_rate
    keys, length = _key_frames(path)
    length = length if max_frames is None else min(length, max_frames)
    overlap = round(overlap_s * frame_rate)
    number = max(1, min(number, length // max(2 * overlap, 1)))
    bounds = [round(length * k / number) for k in range(number + 1)]
    parts = []
    for own, stop in pairwise(bounds):
        start = max(0, own - overlap) if own else 0
        key_index, key_pts = keys[bisect_right(keys, start, key=lambda key: key[0]) - 1]
        parts.append(Part(start, stop, own, key_pts, key_index, frame_rate))
    return parts


def _key_frames(path: Path) -> tuple[list[tuple[int, int]], int]:
    """Index and time of every key frame, rising, and the number of frames."""
    keys: list[tuple[int, int]] = []
    length, order = 0, PacketOrder()
    with av.open(str(path)) as container:
        for packet in container.demux(video_stream(container, path.name)):
            if not packet.size or packet.is_discard:
                continue
            place = order.place(packet)
            if place is None or place.run:
                raise ValueError(
                    f"{path}: the timestamps of its frames restart or are missing, so no frame can be found without "
                    "reading all before it. Omit --parts, or remux it first: `ffmpeg -i IN -c copy OUT.mkv`"
                )
            if packet.is_keyframe:
                keys.append((length, place.pts))
            length += 1
    if not keys or keys[0][0]:
        raise ValueError(f"{path}: it does not start with a key frame. Omit --parts")
    return keys, length
