"""One door to every kind of source: file, folder, glob, MOTChallenge sequence, camera, stream."""

from __future__ import annotations

from pathlib import Path

from outrack.io.pictures import is_picture, natural_order
from outrack.video.base import VideoSource
from outrack.video.camera import open_camera
from outrack.video.file import VideoFile
from outrack.video.images import ImageFiles, images_in
from outrack.video.sequence import SequenceFolder
from outrack.video.stream import open_url

__all__ = ["VideoSource", "open_source"]


def open_source(
    source: str | Path | int,
    *,
    stride: int = 1,
    max_frames: int | None = None,
    newest: bool | None = None,
    image_rate: float = 25.0,
) -> VideoSource:
    """Open what `source` names.

    Args:
        source: a video file; a folder of pictures; a MOTChallenge sequence folder (it has a `seqinfo.ini`); a glob
            pattern of pictures such as `shots/*.jpg`; a camera number (`0`, or `"0"` where no file or folder
            is called so); a URL (`rtsp://...`, `http://...`).
        stride: give every stride-th frame.
        max_frames: stop after this many given frames.
        newest: drop frames that nobody took in time, so that lag never grows. None: only for live sources.
        image_rate: frames per second of pictures in a folder or behind a pattern, where no `seqinfo.ini` says it.

    Raises:
        FileNotFoundError: there is no such file, folder or camera, no picture in the folder, none fits the pattern.
        ValueError: it is there, and is no video or picture that can be read; or an argument is out of range.
        ConnectionError: the stream or camera does not answer.
    """
    text = str(source)
    if isinstance(source, int) or (text.lstrip("-").isdecimal() and not Path(text).exists()):
        return open_camera(int(text), newest=newest, stride=stride, max_frames=max_frames)
    if isinstance(source, str) and "://" in source:
        return open_url(source, newest=newest, stride=stride, max_frames=max_frames)
    if newest:
        raise ValueError(f"{source}: newest is for cameras and streams; every frame of a file waits until it is read")
    path = Path(text)
    if path.is_dir():
        if (path / "seqinfo.ini").is_file():
            return SequenceFolder(path, frame_rate=image_rate, stride=stride, max_frames=max_frames)
        return _images(images_in(path), path.resolve().name, image_rate, stride, max_frames)
    if not path.exists() and any(sign in text for sign in "*?["):
        # The folder may have such signs in its own name.
        base, pattern = (path.parent, path.name) if path.parent.is_dir() else (Path(path.anchor), _below_anchor(path))
        paths = sorted(base.glob(pattern), key=natural_order)
        if not paths:
            raise FileNotFoundError(f"{source}: no file fits this pattern")
        return _images(paths, paths[0].resolve().parent.name, image_rate, stride, max_frames)
    if is_picture(path) and path.exists():
        return _images([path], path.stem, image_rate, stride, max_frames)
    return VideoFile(path, stride=stride, max_frames=max_frames)


def _below_anchor(path: Path) -> str:
    return str(path.relative_to(path.anchor))


def _images(paths: list[Path], name: str, frame_rate: float, stride: int, max_frames: int | None) -> ImageFiles:
    return ImageFiles(paths, name=name, frame_rate=frame_rate, stride=stride, max_frames=max_frames)
