"""COCO-VID json: videos, frames, boxes with identities."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from outrack.boxes import xyxy_to_xywh
from outrack.io.coco import FRAMES_IN_A_VIDEO
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.video.writers.base import Painted, Writer, class_name, complete_file, failed_write
from outrack.video.writers.partial import PartialCopy

__all__ = ["CocoVidWriter"]


class CocoVidWriter(Writer):
    """One video, an image entry for each frame, an annotation for each box with `track_id`, `instance_id`, `score` and
    `state`. Frames count from 0 (`frame_id`, noted in `info.first_frame_id`); image ids are frame numbers from 1.

    A json file is only valid as a whole, so its parts are written to temporary files during the run, which needs no
    memory, and are joined when the writer is closed, also after Ctrl-C. Until then `NAME.json.partial` has the state of
    a few seconds ago, in case the process is killed.

    Args:
        path: the file.
        name: name of the video; frames of a video file are named `NAME/000001.jpg`.
        frame_rate: frames per second, written as `fps`.
        size: width and height of the frames, needed if frames may have no pictures.
        class_names: names of the classes by id.
        picture_of: the picture file of a frame index, or None if frames are not files.
        origin: provenance; written to `info.description`.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        frame_rate: float,
        size: tuple[int, int] | None = None,
        class_names: Sequence[str] = ("person",),
        picture_of: Callable[[int], Path | None] = lambda index: None,
        origin: str = "",
    ) -> None:
        super().__init__(path)
        self._name, self._frame_rate = name, frame_rate
        self._class_names = class_names
        self._picture_of = picture_of
        self._origin = origin
        self._parts: tuple[IO[bytes], IO[bytes]] | None = None
        self._held = ExitStack()
        self._size = size or (0, 0)
        self._num_boxes = 0
        self._highest_class = 0
        self._has_files = False
        self._partial = PartialCopy(path, self._put)

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        if frame.size is not None:
            self._size = frame.size
        try:
            if self._parts is None:
                self._parts = (self._part(), self._part())
            images, boxes = self._parts
            images.write(_entry(self._image(frame.index), first=images.tell() == 0))
            order = np.argsort(tracks.ids, kind="stable")
            for row, xywh in zip(order.tolist(), xyxy_to_xywh(tracks.xyxy[order]).tolist(), strict=True):
                entry = self._box(frame.index, tracks, row, [round(value, 2) for value in xywh])
                boxes.write(_entry(entry, first=self._num_boxes == 1))
            self._partial.catch_up()
        except OSError as error:
            raise failed_write(self.path, error, frame.index) from error

    def close(self) -> None:
        if self._parts is None:
            return
        try:
            with self._held, complete_file(self.path) as unfinished:
                self._put(unfinished)
        finally:
            self._parts = None
        self._partial.remove()

    def _put(self, path: Path) -> None:
        """Join the parts; afterwards, their file positions are at the end again."""
        assert self._parts is not None, "only needed after the first frame"
        images, boxes = self._parts
        with path.open("wb") as file:
            head: dict[str, object] = {"first_frame_id": 0}
            if not self._has_files:
                head["frames"] = FRAMES_IN_A_VIDEO
            if self._origin:  # last: readers look for the other keys in the first bytes
                head["description"] = self._origin
            file.write(b'{"info":' + json.dumps(head, separators=(",", ":")).encode())
            file.write(b',"videos":' + json.dumps([self._video()]).encode())
            for title, part in ((b',\n"images":[', images), (b'],\n"annotations":[', boxes)):
                file.write(title)
                part.seek(0)
                shutil.copyfileobj(part, file)
            file.write(b'],\n"categories":')
            file.write(json.dumps(self._categories()).encode())
            file.write(b"}\n")

    def _part(self) -> IO[bytes]:
        return self._held.enter_context(TemporaryFile(dir=self.path.parent))  # closed by `close`

    def _video(self) -> dict[str, object]:
        width, height = self._size
        return {"id": 1, "name": self._name, "width": width, "height": height, "fps": self._frame_rate}

    def _image(self, index: int) -> dict[str, object]:
        picture = self._picture_of(index)
        file_name = f"{self._name}/{index + 1:06d}.jpg"
        if picture is not None:
            self._has_files = True
            file_name = Path(os.path.relpath(picture, self.path.parent)).as_posix()
        width, height = self._size
        return {
            "id": index + 1,
            "video_id": 1,
            "frame_id": index,
            "file_name": file_name,
            "width": width,
            "height": height,
        }

    def _box(self, index: int, tracks: Tracks, row: int, xywh: list[float]) -> dict[str, object]:
        self._num_boxes += 1
        class_id, track_id = int(tracks.class_ids[row]), int(tracks.ids[row])
        self._highest_class = max(self._highest_class, class_id)
        return {
            "id": self._num_boxes,
            "image_id": index + 1,
            "category_id": class_id + 1,
            "bbox": xywh,
            "area": round(xywh[2] * xywh[3], 2),
            "iscrowd": 0,
            "track_id": track_id,
            "instance_id": track_id,
            "score": round(float(tracks.scores[row]), 4),
            "state": TrackState(tracks.states[row]).word,
        }

    def _categories(self) -> list[dict[str, object]]:
        count = max(len(self._class_names), self._highest_class + 1)
        return [{"id": number + 1, "name": class_name(self._class_names, number)} for number in range(count)]


def _entry(content: dict[str, object], *, first: bool) -> bytes:
    return (b"\n" if first else b",\n") + json.dumps(content, separators=(",", ":")).encode()
