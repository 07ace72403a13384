"""Opens every kind of source: file, folder, glob, MOTChallenge sequence, camera, stream."""

from __future__ import annotations

from pathlib import Path

from outrack.datasets.video_of_boxes import sequence_video
from outrack.io.pictures import is_picture
from outrack.video.address import is_address
from outrack.video.base import VideoSource
from outrack.video.camera import open_camera
from outrack.video.connection import Patience
from outrack.video.file import VideoFile
from outrack.video.images import ImageFiles, images_in, warn_of_more_pictures
from outrack.video.sequence import SequenceFolder
from outrack.video.source_names import files_of_pattern, is_camera, is_pattern, local_path
from outrack.video.stream import open_url

__all__ = ["VideoSource", "open_source"]


def open_source(
    source: str | Path | int,
    *,
    stride: int = 1,
    max_frames: int | None = None,
    newest: bool | None = None,
    image_rate: float | None = None,
    patience: Patience | None = None,
) -> VideoSource:
    """Open a source.

    Args:
        source: a video file; a folder of pictures; a MOTChallenge sequence folder (it has a `seqinfo.ini`, and
            pictures or a video of its name); a glob pattern of pictures such as `shots/*.jpg`; a camera number (`0`, or
            `"0"` if no file or folder has that name); a URL (`rtsp://...`, `http://...`).
        stride: yield every n-th frame.
        max_frames: stop after yielding this many frames.
        newest: drop frames that were not read in time, so that lag never grows. None: only for live sources.
        image_rate: frames per second of pictures in a folder or of a pattern, if no `seqinfo.ini` has it; None assumes
            25, with a warning.
        patience: how long to wait for a stream or camera that does not respond.

    Raises:
        FileNotFoundError: there is no such file, folder or camera, no picture in the folder, or none matches the
            pattern.
        ValueError: it is not a readable video or picture, or an argument is out of range.
        ConnectionError: the stream or camera does not respond.
    """
    if isinstance(source, str) and not source.strip():
        raise ValueError("the source is empty: expected a file, a folder, a camera number or an address")
    if is_camera(source):
        return open_camera(int(str(source)), newest=newest, patience=patience, stride=stride, max_frames=max_frames)
    if is_address(source):
        return open_url(str(source), newest=newest, patience=patience, stride=stride, max_frames=max_frames)
    if newest:
        raise ValueError(f"{source}: newest is only for cameras and streams; no frame of a file is ever dropped")
    path = local_path(str(source))
    if path.is_dir():
        if (video := sequence_video(path)) is not None:
            return VideoFile(video, stride=stride, max_frames=max_frames)
        if (path / "seqinfo.ini").is_file():
            return SequenceFolder(path, frame_rate=image_rate, stride=stride, max_frames=max_frames)
        return _images(images_in(path), path.resolve().name, image_rate, stride, max_frames)
    if is_pattern(path):
        paths = files_of_pattern(path)
        pictures = [path for path in paths if is_picture(path)]
        if pictures:
            return _images(pictures, pictures[0].resolve().parent.name, image_rate, stride, max_frames)
        if len(paths) > 1:
            raise ValueError(
                f"{source}: {len(paths)} files match this pattern, but none of them is a picture. As one source, a "
                "pattern must match pictures; open videos one by one"
            )
        return open_source(paths[0], stride=stride, max_frames=max_frames, image_rate=image_rate)
    if is_picture(path) and path.exists():
        warn_of_more_pictures(path)
        return _images([path], path.stem, image_rate, stride, max_frames)
    return VideoFile(path, stride=stride, max_frames=max_frames)


def _images(paths: list[Path], name: str, frame_rate: float | None, stride: int, max_frames: int | None) -> ImageFiles:
    return ImageFiles(paths, name=name, frame_rate=frame_rate, stride=stride, max_frames=max_frames)
