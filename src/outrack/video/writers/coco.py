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

from outrack.io.coco_types import IDENTITY_KEYS, CocoBox, CocoImage
from outrack.io.coco_writer import Entry, box_entry, category_entries, image_entry, info_entry, video_entry
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
            images.write(_line(self._image(frame.index), first=images.tell() == 0))
            order = np.argsort(tracks.ids, kind="stable")
            for row, corners in zip(order.tolist(), tracks.xyxy[order].tolist(), strict=True):
                boxes.write(_line(self._box(frame.index, tracks, row, corners), first=self._num_boxes == 1))
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
            head = info_entry(frames_are_files=self._has_files, origin=self._origin)
            video = video_entry(1, self._name, self._size, self._frame_rate)
            file.write(b'{"info":' + json.dumps(head, separators=(",", ":")).encode())
            file.write(b',"videos":' + json.dumps([video]).encode())
            for title, part in ((b',\n"images":[', images), (b'],\n"annotations":[', boxes)):
                file.write(title)
                part.seek(0)
                shutil.copyfileobj(part, file)
            file.write(b'],\n"categories":')
            file.write(json.dumps(self._categories()).encode())
            file.write(b"}\n")

    def _part(self) -> IO[bytes]:
        return self._held.enter_context(TemporaryFile(dir=self.path.parent))  # closed by `close`

    def _image(self, index: int) -> Entry:
        picture = self._picture_of(index)
        file_name = f"{self._name}/{index + 1:06d}.jpg"
        if picture is not None:
            self._has_files = True
            file_name = Path(os.path.relpath(picture, self.path.parent)).as_posix()
        return image_entry(index + 1, CocoImage(file_name, *self._size, self._name, index, []), 1)

    def _box(self, index: int, tracks: Tracks, row: int, corners: list[float]) -> Entry:
        self._num_boxes += 1
        class_id, track_id = int(tracks.class_ids[row]), int(tracks.ids[row])
        self._highest_class = max(self._highest_class, class_id)
        score, state = round(float(tracks.scores[row]), 4), TrackState(tracks.states[row]).word
        x1, y1, x2, y2 = corners
        box = CocoBox((x1, y1, x2, y2), class_id, False, track_id, None, score, state)
        return box_entry(self._num_boxes, index + 1, box, decimals=2) | dict.fromkeys(IDENTITY_KEYS, track_id)

    def _categories(self) -> list[Entry]:
        count = max(len(self._class_names), self._highest_class + 1)
        return category_entries([class_name(self._class_names, number) for number in range(count)])


def _line(entry: Entry, *, first: bool) -> bytes:
    return (b"\n" if first else b",\n") + json.dumps(entry, separators=(",", ":")).encode()
