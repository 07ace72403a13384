"""What a format cannot represent: counted, and removed where it would be misread."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from outrack.conversion.formats import Content, Format
from outrack.conversion.labels import Box, Labels, Picture, by_video
from outrack.conversion.mot_rows import mot_numbers

__all__ = ["fitted"]


def fitted(labels: Labels, target: Format) -> tuple[Labels, Counter[str]]:
    """The labels as `target` can represent them, and what is lost, counted by name.

    Ignored regions and other classes are removed if the format cannot mark them: they would be read as people. Anything
    else that is lost is only reported.
    """
    lost: Counter[Content] = Counter()
    used: set[int] = set()
    numbers = mot_numbers(labels.class_names) if target.mot_classes else dict.fromkeys(range(len(labels.class_names)))
    pictures = []
    for picture in labels.pictures:
        boxes = []
        for box in picture.boxes:
            if box.ignored and Content.IGNORED not in target.represents:
                lost[Content.IGNORED] += 1
            elif box.class_id and (Content.CLASSES not in target.represents or box.class_id not in numbers):
                lost[Content.CLASSES] += 1
            elif Content.OUTSIDE not in target.represents and _is_outside(box, picture):
                lost[Content.OUTSIDE] += 1
                boxes += [box] if _overlaps(box, picture) else []
            else:
                boxes.append(box)
        _count(boxes, picture, lost)
        used.update(box.class_id for box in boxes)
        pictures.append(replace(picture, boxes=tuple(_held(box, target) for box in boxes)))
    lost[Content.NAMES] = sum(n > 0 and labels.class_names[n] != f"class-{n}" for n in used)
    if target.of_videos or Content.LENGTH not in target.represents:
        _count_frames(labels, lost)
    if Content.TIMES in target.represents:
        timeless = {p.video or "" for p in labels.pictures if p.time_s is None} - {*labels.frame_rates}
        thing = "video" if len(timeless) == 1 else "videos"
        unknown = Counter(
            {f"{thing} of unknown frame rate (25 frames per second are assumed for time stamps)": len(timeless)}
        )
    else:
        unknown = Counter()
        lost[Content.RATE] += len(labels.frame_rates)
    names = Counter({what.value: count for what, count in lost.items() if what not in _kept(target, labels)})
    if target.class_of_track and (changes := _changed_classes(labels)):
        names["boxes whose class differs from that of their track's last box"] = changes
    return replace(labels, pictures=tuple(pictures)), +names + unknown


def _kept(target: Format, labels: Labels) -> frozenset[Content]:
    """What the target represents, possibly in another way; anything omitted or clipped counts as lost."""
    if target.mot_classes:
        return target.represents - {Content.CLASSES}
    return target.represents


def _is_outside(box: Box, picture: Picture) -> bool:
    (x1, y1, x2, y2), (width, height) = box.xyxy, picture.size
    return min(x1, y1) < 0 or x2 > width or y2 > height


def _overlaps(box: Box, picture: Picture) -> bool:
    (x1, y1, x2, y2), (width, height) = box.xyxy, picture.size
    return x1 < width and y1 < height and x2 > 0 and y2 > 0


def _held(box: Box, target: Format) -> Box:
    """A det.txt has no identities, so they are removed before writing."""
    return box if Content.IDENTITIES in target.represents else replace(box, identity=-1)


def _count(boxes: list[Box], picture: Picture, lost: Counter[Content]) -> None:
    """What these boxes and their picture contain; what the target can represent is subtracted later."""
    for box in boxes:
        lost[Content.IDENTITIES] += box.identity >= 0
        lost[Content.SCORES] += box.score is not None and box.score != 1
        lost[Content.VISIBILITY] += box.visibility is not None and box.visibility != 1
        lost[Content.VISIBLE_BOXES] += box.visible is not None and box.visible != box.xyxy
        lost[Content.STATES] += box.state not in ("", "detected")
    lost[Content.TIMES] += picture.time_s is not None
    lost[Content.OCCLUSIONS] += len(picture.occlusions or ())


def _count_frames(labels: Labels, lost: Counter[Content]) -> None:
    """Unlabelled frames, and videos that continue after their last box."""
    if any(picture.video is None for picture in labels.pictures):
        return
    for frames in by_video(labels).values():
        lost[Content.LABELLED] += frames[-1].frame + 1 - len(frames)
        lost[Content.LENGTH] += not frames[-1].boxes


def _changed_classes(labels: Labels) -> int:
    """Boxes whose class differs from the last one of their track, which becomes that of the whole track."""
    changes = 0
    for frames in [] if any(p.video is None for p in labels.pictures) else by_video(labels).values():
        classes: dict[int, list[int]] = {}
        for frame in frames:
            for box in frame.boxes:
                classes.setdefault(box.identity, []).append(box.class_id)
        changes += sum(class_id != of_track[-1] for of_track in classes.values() for class_id in of_track)
    return changes
