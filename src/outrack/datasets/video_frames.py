"""Frames of a video as image files, decoded once and kept.

Training reads frames in random order. In a video each of them needs a seek to the previous key frame and decoding of
all frames in between: measured 191 ms at 1280x720 with a key frame each 128 frames, against 7 ms to read a JPEG
(quality 95, 175 KB, PSNR 49 dB against the decoded frame). So labelled frames are written to the cache folder once (4
ms to decode and 5 ms to encode each), and from then on a frame of a video is an ordinary image.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from outrack.datasets.index import cache_folder, files_key
from outrack.io.atomic import atomic_write
from outrack.io.packet_order import PacketOrder, PacketPlace
from outrack.io.video_frame import frame_path

__all__ = ["extract_frames", "sought_frames"]

logger = logging.getLogger(__name__)

_JPEG_QUALITY = 95


def extract_frames(video: Path, frames: Sequence[int]) -> dict[int, Path]:
    """Image files of the requested frames of a video file, {frame: file}; missing ones are created.

    Frames count from 0 in display order, with the file's rotation applied. They are stored in the cache folder under a
    key of path, size and time of the video, each written atomically, so an interrupted call continues where it stopped.
    A frame that cannot be decoded is missing in the result, with a warning.

    Raises:
        FileNotFoundError: there is no such video.
        ValueError: it is not a video, or has fewer frames than requested.
        OSError: the cache folder cannot be written to.
    """
    folder = cache_folder() / "frames" / f"{video.stem}-{files_key([video])}"
    files = {frame: folder / f"{frame + 1:06d}.jpg" for frame in frames}
    missing = {frame for frame, path in files.items() if not path.is_file()}
    if missing:
        logger.info("%s: writing %d frames to %s", video, len(missing), folder)
        try:
            places = _frame_places(video)
            if places and max(missing) >= len(places):
                raise ValueError(_too_few(video, len(places), max(missing)))
            folder.mkdir(parents=True, exist_ok=True)
            _write(video, places, {frame: files[frame] for frame in missing})
        except av.error.FFmpegError as error:
            raise ValueError(f"{video}: not a readable video ({error.strerror})") from error
        except OSError as error:
            raise OSError(
                error.errno,
                f"{folder}: cannot store the frames of {video.name} ({error.strerror}). Free some disk space, or set "
                "OUTRACK_HOME to another cache folder",
            ) from error
        lost = [frame for frame in missing if not files[frame].is_file()]
        if lost:
            logger.warning("%s: %d frames cannot be decoded, frame %d first", video, len(lost), min(lost) + 1)
    return {frame: path for frame, path in files.items() if path.is_file()}


def sought_frames(video: Path, frames: Sequence[int]) -> dict[int, Path]:
    """Paths of the requested frames that lead through the video itself, {frame: path}: `read_image` decodes them each
    time, and nothing is stored but the times of the frames.

    Where frames cannot be found by their time, they are stored after all, with a warning. Errors as for
    `extract_frames`.
    """
    times = _frame_times(video)
    if times is None:
        logger.warning("%s: its timestamps restart or are missing, so its frames are stored", video)
        return extract_frames(video, frames)
    if max(frames, default=-1) >= len(times):
        raise ValueError(_too_few(video, len(times), max(frames)))
    return {frame: frame_path(video, frame, int(times[frame])) for frame in frames}


def _frame_times(video: Path) -> NDArray[np.int64] | None:
    """Presentation times of all frames, in ticks of the file, kept in the cache folder; None where they do not rise."""
    path = cache_folder() / "times" / f"{video.stem}-{files_key([video])}.npy"
    try:
        return np.asarray(np.load(path, allow_pickle=False), np.int64)
    except (OSError, ValueError, EOFError):  # none yet, or a broken one
        pass
    try:
        places = _frame_places(video)
    except av.error.FFmpegError as error:
        raise ValueError(f"{video}: not a readable video ({error.strerror})") from error
    times = np.array([place.pts for place in places], np.int64)
    if not places or places[-1].run or (np.diff(times) <= 0).any():
        return None
    try:
        with atomic_write(path) as unfinished, unfinished.open("wb") as file:
            np.save(file, times)
    except OSError as error:
        logger.warning("%s: the times of the frames cannot be cached (%s)", path, error)
    return times


def _too_few(video: Path, length: int, frame: int) -> str:
    return f"{video}: it has {length} frames, but frame {frame + 1} is requested. Do the boxes belong to another video?"


def _frame_places(video: Path) -> list[PacketPlace]:
    """Time stamps of all frames, ascending: a frame's position in this list is its number. Nothing is decoded.

    Empty if the container has no times of display; frames are then counted. AVI has none: its times rise with the
    packets, also where these are not in the order of display.
    """
    with av.open(str(video)) as container:
        if not container.streams.video:
            raise ValueError(f"{video}: it contains no pictures. Is it audio?")
        order = PacketOrder()
        packets = container.demux(container.streams.video[0])
        places = [order.place(packet) for packet in packets if packet.size and not packet.is_discard]
        has_b_frames = container.streams.video[0].codec_context.has_b_frames
    known = [place for place in places if place is not None]
    times_are_of_packets = has_b_frames and known == sorted(known)
    return [] if len(known) < len(places) or times_are_of_packets else sorted(known)


def _write(video: Path, places: list[PacketPlace], files: dict[int, Path]) -> None:
    last = max(files)
    for number, frame in _numbered(video, places):
        if number in files:
            pixels = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90) % 4)
            with atomic_write(files[number]) as unfinished:
                Image.fromarray(pixels).save(unfinished, "JPEG", quality=_JPEG_QUALITY)
        if number >= last:
            return


def _numbered(video: Path, places: list[PacketPlace]) -> Iterator[tuple[int, VideoFrame]]:
    """Every decodable frame with its number, at the size of the first; a broken packet leaves a gap."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.copy_opaque = True
        order = PacketOrder()
        counted = 0
        size: tuple[int, int] | None = None
        for packet in container.demux(stream):
            order.place(packet)
            try:
                decoded = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in decoded:
                if isinstance(frame, VideoFrame):
                    size = size or (frame.width, frame.height)
                    place = frame.opaque if places and isinstance(frame.opaque, PacketPlace) else None
                    number = counted if place is None else bisect_left(places, place)
                    yield number, frame.reformat(width=size[0], height=size[1])
                    counted += 1
