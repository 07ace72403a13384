"""CVAT for video 1.1, to correct tracks by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.base import Painted, Writer, class_name, complete_file
from outrack.video.writers.partial import PartialCopy

__all__ = ["CvatWriter"]

Box = tuple[float, float, float, float]
KeyFrame = tuple[int, Box, bool]
"""Frame, box, and whether the track is outside the picture from there."""


@dataclass(slots=True)
class _Line:
    """One track: its key frames, and the possible straight lines from the last one.

    A straight line from the last key frame fits every box since then, within the tolerance, if its slope (in pixels per
    frame, for each side) is between `lowest` and `highest`.
    """

    tolerance: float
    class_id: int = 0
    key_frames: list[KeyFrame] = field(default_factory=list)
    latest: tuple[int, Box] | None = None
    lowest: list[float] = field(default_factory=list)
    highest: list[float] = field(default_factory=list)

    def enter(self, frame: int, box: Box) -> None:
        """Add a key frame and reset the range of slopes."""
        self.key_frames.append((frame, box, False))
        self.latest = None
        self.lowest, self.highest = [-math.inf] * 4, [math.inf] * 4

    def follow(self, frame: int, box: Box) -> None:
        """Add a box after the last key frame; the previous box becomes a key frame if no line fits them all."""
        if self.latest is not None and not self._is_reachable(frame, box):
            self.enter(*self.latest)
        start, start_box, _ = self.key_frames[-1]
        passed = frame - start
        steps = [side - side_then for side, side_then in zip(box, start_box, strict=True)]
        self.lowest = [max(low, (step - self.tolerance) / passed) for low, step in zip(self.lowest, steps, strict=True)]
        self.highest = [
            min(top, (step + self.tolerance) / passed) for top, step in zip(self.highest, steps, strict=True)
        ]
        self.latest = (frame, box)

    def leave(self, frame: int) -> None:
        """The track has no box in `frame`."""
        self.key_frames = self.left_at(frame)
        self.latest = None

    def left_at(self, frame: int) -> list[KeyFrame]:
        """The key frames if the track has no box in `frame`."""
        latest = [] if self.latest is None else [(*self.latest, False)]
        keys = [*self.key_frames, *latest]
        return [*keys, (frame, keys[-1][1], True)]

    def _is_reachable(self, frame: int, box: Box) -> bool:
        start, start_box, _ = self.key_frames[-1]
        slopes = [(side - side_then) / (frame - start) for side, side_then in zip(box, start_box, strict=True)]
        return all(low <= slope <= top for low, slope, top in zip(self.lowest, slopes, self.highest, strict=True))


class CvatWriter(Writer):
    """One `<track>` per identity, with key frames only where linear interpolation would be off by more than `tolerance`
    pixels, so that few boxes need manual correction. The boxes in between are also written, as `keyframe="0"`, as CVAT
    does.

    CVAT's format groups boxes by track, so the file is written when the writer is closed, also after Ctrl-C. Until then
    `NAME.xml.partial` has the state of a few seconds ago, in case the process is killed. Frames count from 0, as in
    CVAT.

    Args:
        path: the file.
        name: name of the video, for the file's header.
        size: width and height of the frames, needed if frames may have no pictures.
        class_names: CVAT labels by class id. A track has the label of its last box.
        tolerance: maximum error of an interpolated box side, in pixels.
        may_go_on: called at the end; whether the video may have frames after the last one written. CVAT extends a box
            to the end of its video, so tracks that are visible in the last frame are then marked outside in the frame
            after it. CVAT rejects that if there is no such frame.
        origin: provenance as JSON; written as a comment at the start of the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        size: tuple[int, int] | None = None,
        class_names: Sequence[str] = ("person",),
        tolerance: float = 2.0,
        may_go_on: Callable[[], bool] = lambda: False,
        origin: str = "",
    ) -> None:
        super().__init__(path)
        self._name = name
        self._class_names = class_names
        self._tolerance = tolerance
        self._may_go_on = may_go_on
        hyphens_apart = origin.replace("--", r"-\u002d")  # comments must not contain --, and JSON reads the escape as -
        self._comment = f"<!-- {hyphens_apart} -->\n" if origin else ""
        self._lines: dict[int, _Line] = {}
        self._visible: set[int] = set()
        self._last_frame = -1
        self._size = size or (0, 0)
        self._partial = PartialCopy(path, self._put)

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        if frame.size is not None:
            self._size = frame.size
        ids = tracks.ids.tolist()
        for track_id in self._visible.difference(ids):
            self._lines[track_id].leave(frame.index)
        rows = zip(ids, tracks.class_ids.tolist(), tracks.xyxy.tolist(), strict=True)
        for track_id, class_id, (x1, y1, x2, y2) in rows:
            line = self._lines.setdefault(track_id, _Line(self._tolerance))
            line.class_id = class_id
            if track_id in self._visible:
                line.follow(frame.index, (x1, y1, x2, y2))
            else:
                line.enter(frame.index, (x1, y1, x2, y2))
        self._visible = set(ids)
        self._last_frame = frame.index
        self._partial.catch_up()

    def close(self) -> None:
        if self._last_frame < 0:
            return
        with complete_file(self.path) as unfinished:
            self._put(unfinished)
        self._last_frame = -1
        self._partial.remove()

    def _put(self, path: Path) -> None:
        path.write_text(self._document(self._last_frame + 1), encoding="utf-8")

    def _document(self, num_frames: int) -> str:
        labels = dict.fromkeys([*self._class_names, *(self._label(line) for line in self._lines.values())])
        parts = [
            f'<?xml version="1.0" encoding="utf-8"?>\n{self._comment}<annotations>\n<version>1.1</version>\n',
            self._meta(num_frames, list(labels)),
        ]
        end = num_frames + 1 if self._may_go_on() else num_frames
        for track_id, line in sorted(self._lines.items()):
            parts.append(f'<track id="{track_id}" label={quoteattr(self._label(line))} source="auto">\n')
            keys = line.left_at(num_frames) if track_id in self._visible else line.key_frames
            kept = [key for key in keys if key[0] < end]
            parts += [_box(*key) for key in kept[:1]]
            for key, after in pairwise(kept):
                parts += _between(key, after)
                parts.append(_box(*after))
            parts.append("</track>\n")
        parts.append("</annotations>\n")
        return "".join(parts)

    def _label(self, line: _Line) -> str:
        return class_name(self._class_names, line.class_id)

    def _meta(self, num_frames: int, labels: Sequence[str]) -> str:
        width, height = self._size
        size = f"<original_size><width>{width}</width><height>{height}</height></original_size>" if width else ""
        listing = "".join(
            f"<label><name>{escape(label)}</name><type>rectangle</type><attributes></attributes></label>"
            for label in labels
        )
        return (
            f"<meta><task><name>{escape(self._name)}</name><size>{num_frames}</size><mode>interpolation</mode>"
            f"<start_frame>0</start_frame><stop_frame>{num_frames - 1}</stop_frame>"
            f"<labels>{listing}</labels>{size}</task></meta>\n"
        )


def _between(key: KeyFrame, after: KeyFrame) -> Iterator[str]:
    """The boxes between two key frames, interpolated as in CVAT: CVAT itself reads only key frames, and writes these
    for readers that do not interpolate."""
    (start, box, outside), (stop, box_then, _) = key, after
    for frame in range(start + 1, start if outside else stop):
        share = (frame - start) / (stop - start)
        x1, y1, x2, y2 = (side + share * (then - side) for side, then in zip(box, box_then, strict=True))
        yield _box(frame, (x1, y1, x2, y2), key_frame=False)


def _box(frame: int, box: Box, outside: bool = False, key_frame: bool = True) -> str:
    x1, y1, x2, y2 = box
    return (
        f'<box frame="{frame}" keyframe="{int(key_frame)}" outside="{int(outside)}" occluded="0" '
        f'xtl="{x1:.2f}" ytl="{y1:.2f}" xbr="{x2:.2f}" ybr="{y2:.2f}" z_order="0"></box>\n'
    )
