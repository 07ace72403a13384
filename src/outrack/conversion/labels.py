"""The common representation of all formats: pictures, or frames of videos, with their boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from outrack.io.person_names import PERSON, is_person
from outrack.io.pictures import natural_order

__all__ = [
    "Box",
    "Labels",
    "Picture",
    "by_video",
    "stills_as_videos",
    "with_people_at_0",
    "without_empty_boxes",
]

Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A labelled box.

    Attributes:
        xyxy: corners in pixels.
        class_id: position in the names of the classes.
        identity: unique in its frame; -1 unknown.
        score: confidence; None in labels.
        visibility: visible share in 0..1; None unknown.
        ignored: evaluation ignores this region.
        state: why a tracker reported the box: "detected", "refound", "predicted", "interpolated"; empty in labels.
        visible: box of the visible part; None unknown.
    """

    xyxy: Corners
    class_id: int = 0
    identity: int = -1
    score: float | None = None
    visibility: float | None = None
    ignored: bool = False
    state: str = ""
    visible: Corners | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A still, or a frame of a video.

    Attributes:
        name: file name in the dataset, with folders relative to that of the pictures.
        boxes: in the order of the file.
        video: name of its video; None for a still.
        frame: position in the video from 0; 0 for a still.
        size: width and height in pixels; zeros if unknown.
        path: the picture on disk, if any.
        time_s: seconds since the first frame; None if unknown.
        occlusions: predicted occlusion points `x, y, score`; None without predictions.
    """

    name: str
    boxes: tuple[Box, ...]
    video: str | None = None
    frame: int = 0
    size: tuple[int, int] = (0, 0)
    path: Path | None = None
    time_s: float | None = None
    occlusions: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """The content of a file or folder.

    Attributes:
        pictures: labelled pictures, with and without boxes; frames of a video in order of time.
        class_names: by class id; class 0 is a person.
        frame_rates: known frame rates per second, by video name.
        unread: what the reader found but cannot represent, counted by name.
    """

    pictures: tuple[Picture, ...]
    class_names: tuple[str, ...] = (PERSON,)
    frame_rates: Mapping[str, float] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)

    @property
    def num_boxes(self) -> int:
        """Number of boxes in all pictures."""
        return sum(len(picture.boxes) for picture in self.pictures)


def with_people_at_0(labels: Labels) -> Labels:
    """The labels with class 0 for people, whatever their class is called: files without class names assume that.

    If several names mean people, they become one class, which is counted as unread.
    """
    names = labels.class_names
    people = [number for number, name in enumerate(names) if is_person(name)]
    others = [number for number in range(len(names)) if number not in people]
    if people == [0] and names[0] == names[0].strip().lower():
        return labels
    new = {old: number for number, old in enumerate(others, start=1)}
    pictures = tuple(
        replace(picture, boxes=tuple(replace(box, class_id=new.get(box.class_id, 0)) for box in picture.boxes))
        for picture in labels.pictures
    )
    first = names[people[0]].strip().lower() if people else PERSON
    merged = {f"further names of people (now {first})": len(people) - 1}
    unread = labels.unread + Counter(merged)
    return replace(labels, pictures=pictures, class_names=(first, *(names[old] for old in others)), unread=unread)


def by_video(labels: Labels) -> dict[str, list[Picture]]:
    """The frames of each video, in order of time.

    Args:
        labels: labels of frames; stills are ignored.
    """
    videos: dict[str, list[Picture]] = {}
    for picture in labels.pictures:
        if picture.video is not None:
            videos.setdefault(picture.video, []).append(picture)
    return {name: sorted(frames, key=lambda frame: frame.frame) for name, frames in videos.items()}


def stills_as_videos(labels: Labels, name: str) -> Labels:
    """The stills of each folder as the frames of a video, in natural order of their names (2 before 10).

    A video is named after its folder, with the folders above it and without MOTChallenge's `img1`.

    Args:
        labels: labels of stills; frames of videos are unchanged.
        name: name of the video whose pictures are in no folder.
    """
    stills = {picture.name for picture in labels.pictures if picture.video is None}
    counts: Counter[str] = Counter()
    frames: dict[str, tuple[str, int]] = {}
    for still in sorted(stills, key=lambda still: natural_order(Path(still))):
        folders = PurePosixPath(still).parent.parts
        video = "-".join(folders[:-1] if folders[-1:] == ("img1",) else folders) or name
        frames[still] = (video, counts[video])
        counts[video] += 1
    pictures = [
        picture
        if picture.video is not None
        else replace(picture, video=frames[picture.name][0], frame=frames[picture.name][1])
        for picture in labels.pictures
    ]
    return replace(labels, pictures=tuple(pictures))


def without_empty_boxes(labels: Labels) -> Labels:
    """The labels without boxes that have no area, which are counted as unread."""
    pictures, empty = [], 0
    for picture in labels.pictures:
        boxes = tuple(box for box in picture.boxes if box.xyxy[2] > box.xyxy[0] and box.xyxy[3] > box.xyxy[1])
        empty += len(picture.boxes) - len(boxes)
        pictures.append(picture if len(boxes) == len(picture.boxes) else replace(picture, boxes=boxes))
    unread = labels.unread + Counter({"boxes without area": empty})
    return replace(labels, pictures=tuple(pictures), unread=unread)
