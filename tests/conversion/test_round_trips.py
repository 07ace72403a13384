"""Round trips through each format keep what it represents."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from outrack.conversion import Box, Labels, Picture
from outrack.conversion.formats import FORMATS, Content, Format
from outrack.conversion.losses import fitted
from outrack.conversion.run import convert

WIDTH, HEIGHT = 64, 48


@st.composite
def label_sets(draw: st.DrawFn) -> Labels:
    """One video of one to three frames; people, cars and ignored regions, corners in steps of a hundredth."""
    identities = draw(st.lists(st.integers(0, 999), min_size=1, max_size=3, unique=True))
    classes = {identity: draw(st.integers(0, 1)) for identity in identities}
    pictures = []
    for frame in range(draw(st.integers(1, 3))):
        boxes = []
        # Each frame has its first object, so that no video goes on after its last box.
        for identity in identities if frame else identities[:1]:
            left, top = draw(st.integers(-500, 5000)) / 100, draw(st.integers(-500, 3000)) / 100
            width, height = draw(st.integers(600, 2000)) / 100, draw(st.integers(600, 2000)) / 100
            corners = (left, top, left + width, top + height)
            score = draw(st.integers(0, 10000)) / 10000
            visibility = draw(st.integers(0, 100)) / 100
            state = draw(st.sampled_from(["detected", "refound", "predicted"]))
            ignored = draw(st.booleans())
            boxes.append(Box(corners, classes[identity], identity, score, visibility, ignored, state))
        name = f"street/{frame + 1:06d}.png"
        pictures.append(Picture(name, tuple(boxes), "street", frame, (WIDTH, HEIGHT)))
    return Labels(tuple(pictures), ("person", "car"), {"street": 12.5})


def known(labels: Labels, target: Format) -> list[Any]:
    """What is to be found again: the frames, and of each box what the format holds, by place."""
    holds, found = target.represents, []
    for picture in labels.pictures:
        boxes = []
        for box in picture.boxes:
            x1, y1, x2, y2 = box.xyxy
            if Content.OUTSIDE not in holds:
                x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, WIDTH), min(y2, HEIGHT)
            boxes.append(
                {
                    "xyxy": (x1, y1, x2, y2),
                    "class": labels.class_names[box.class_id] if Content.NAMES in holds else box.class_id,
                    "identity": box.identity if Content.IDENTITIES in holds else -1,
                    "score": box.score if Content.SCORES in holds and box.score is not None else 1,
                    "visibility": box.visibility if Content.VISIBILITY in holds and box.visibility is not None else 1,
                    "ignored": box.ignored,
                    "state": box.state if Content.STATES in holds and box.state else "detected",
                }
            )
        boxes.sort(key=lambda box: [round(side, 1) for side in box["xyxy"]])
        found.append((picture.name if target.name in ("yolo", "jde", "crowdhuman") else picture.frame, boxes))
    return found


def written(labels: Labels, target: Format, folder: Path) -> Path:
    """A file or folder that holds `labels` in a format, its pictures with it."""
    pictures = []
    for picture in labels.pictures:
        path = folder / "pictures" / picture.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            Image.new("RGB", (WIDTH, HEIGHT)).save(path)
        pictures.append(Picture(**{**_fields(picture), "path": path}))
    goal = folder / (f"street{target.suffix}" if target.suffix else target.name)
    with_files = Labels(tuple(pictures), labels.class_names, labels.frame_rates)
    target.write(goal, fitted(with_files, target)[0], "link")
    return goal


def _fields(picture: Picture) -> dict[str, Any]:
    return {name: getattr(picture, name) for name in Picture.__slots__}


@pytest.mark.parametrize("name", list(FORMATS))
@given(labels=label_sets())
@settings(max_examples=8)
def test_round_trips_keep_what_a_format_represents(name: str, labels: Labels) -> None:
    target = FORMATS[name]
    with tempfile.TemporaryDirectory() as folder:
        expected = known(fitted(labels, target)[0], target)
        if not any(boxes for _, boxes in expected) or (target.of_videos and not expected[-1][1]):
            return  # all was left out, or the end of the video
        back = target.read(written(labels, target, Path(folder)), None)
        if target.name == "crowdhuman":
            expected = [(str(Path(place).with_suffix(".jpg")), boxes) for place, boxes in expected]
        assert known(back, target) == [
            (place, [box | {"xyxy": pytest.approx(box["xyxy"], abs=0.011)} for box in boxes])
            for place, boxes in expected
        ]


@given(labels=label_sets())
@settings(max_examples=8)
def test_coco_and_jsonl_round_trips_lose_only_what_is_reported(labels: Labels) -> None:
    """Through another format and back: what both hold is the same, and what is reported is what is gone."""
    with tempfile.TemporaryDirectory() as folder:
        first = written(labels, FORMATS["coco"], Path(folder))
        there = convert(first, Path(folder) / "street.jsonl")
        ignored = sum(box.ignored for picture in labels.pictures for box in picture.boxes)
        assert there.lost["ignored regions (omitted)"] == ignored
        assert set(there.lost) <= {
            "ignored regions (omitted)",
            "visibility",
            "class names (class numbers are kept)",
        }
        back = convert(Path(folder) / "street.jsonl", Path(folder) / "again.json")
        assert set(back.lost) <= {"time stamps"} and back.num_boxes == labels.num_boxes - ignored
