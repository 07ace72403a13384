"""Opens only what a run needs: without a network and without pictures to draw, no picture is read."""

from __future__ import annotations

import logging
from pathlib import Path

from outrack.datasets.video_of_boxes import sequence_video
from outrack.detectors import Detector, info_of
from outrack.io.motchallenge import SequenceInfo
from outrack.video.address import is_address
from outrack.video.base import VideoSource
from outrack.video.connection import Patience
from outrack.video.sequence import SequenceFrames, compare_counts, sequence_pictures
from outrack.video.source_names import is_camera, local_path
from outrack.video.sources import open_source

__all__ = ["open_frames"]

logger = logging.getLogger(__name__)


def open_frames(
    source: str | Path | int,
    detector: Detector,
    *,
    pictures: bool,
    stride: int = 1,
    max_frames: int | None = None,
    image_rate: float | None = None,
    patience: Patience | None = None,
) -> VideoSource:
    """The frames of `source`, as `open_source` gives them.

    With `PrecomputedDetections` a folder needs no pictures, and its frames are the same with and without them: the
    length comes from `seqinfo.ini`, or else from the number of pictures, or else from the last detection. A warning is
    logged when the detections, or the public ones of `PublicStarts`, continue after the source ends (those frames are
    ignored), or if many boxes end outside the picture.

    Raises:
        FileNotFoundError: pictures are needed but missing; or as for `open_source`.
    """
    info = info_of(detector)
    last_frame = max((file.last_frame for file in info.files), default=0)
    folder = local_path(str(source))
    video: VideoSource
    is_video = not folder.is_dir() or (pictures and sequence_video(folder) is not None)
    if info.needs_pictures or is_camera(source) or is_address(source) or is_video:
        video = open_source(source, stride=stride, max_frames=max_frames, image_rate=image_rate, patience=patience)
    else:
        video = _frames_by_number(
            folder,
            last_frame,
            with_pictures=pictures,
            stride=stride,
            max_frames=max_frames,
            image_rate=image_rate,
        )
    for file in info.files:
        if video.size and (file.right > 1.2 * video.size[0] or file.bottom > 1.2 * video.size[1]):
            logger.warning(
                "%s: a quarter of the boxes end outside the picture (%dx%d). Are the columns x, y, width, height, "
                "for a video of this size?",
                file.path,
                *video.size,
            )
    length = video.num_frames if video.is_counted and stride == 1 and max_frames is None else None
    if length is not None and last_frame > length:
        logger.warning(
            "the detections extend to frame %d, but %s has %d frames. Do they belong together?",
            last_frame,
            video.name,
            length,
        )
    return video


def _frames_by_number(
    folder: Path,
    last_frame: int,
    *,
    with_pictures: bool,
    stride: int,
    max_frames: int | None,
    image_rate: float | None,
) -> SequenceFrames:
    inifile = folder / "seqinfo.ini"
    info = SequenceInfo.read(inifile) if inifile.is_file() else None
    pictures = sequence_pictures(folder, info)
    if with_pictures and not pictures:
        place = folder if info is None else folder / info.image_dir
        raise FileNotFoundError(
            f"{place}: it has no pictures, but an output needs them. Without pictures, write .txt, .jsonl, .csv "
            "or .xml."
        )
    if info is not None and pictures:
        compare_counts(folder / info.image_dir, len(pictures), info)
    length = (len(pictures) or last_frame) if info is None else info.num_frames
    if not length:
        raise ValueError(f"{folder}: it has neither pictures nor detections, so there is nothing to track")
    return SequenceFrames(
        info,
        last_frame=length,
        frame_rate=image_rate,
        name=folder.resolve().name,
        pictures=pictures if with_pictures else None,
        files=pictures,
        stride=stride,
        max_frames=max_frames,
    )
