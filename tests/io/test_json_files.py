"""JSON files that exceed the limits of the parser or of floats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outrack.io.coco import read_coco_images
from outrack.io.odgt import read_odgt
from outrack.io.track_tables import read_csv, read_json_lines
from outrack.io.video_boxes import read_boxes_coco

DEEP = "[" * 200_000
LONG = "9" * 5000
"""More digits than Python makes a number of, lest a file keeps it busy for minutes."""


def line(box: str = "[1, 2, 3, 4]", frame: str = "1") -> str:
    return f'{{"frame": {frame}, "tracks": [{{"xyxy": {box}}}]}}\n'


@pytest.mark.parametrize(
    "content", [f"{DEEP}\n", line(f"[1, 2, {LONG}, 4]"), line(f"[1, 2, 1{'0' * 400}, 4]"), line("[NaN, 2, 3, 4]")]
)
def test_a_line_that_no_number_holds_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line() + content)
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2"):
        read_json_lines(path)


def test_a_track_without_a_required_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line())
    with pytest.raises(ValueError, match=r"a\.jsonl, line 1.*a track has no id"):
        read_json_lines(tmp_path / "a.jsonl", required=("id",))


@pytest.mark.parametrize("row", ["NaN,1,2,3,4", "1,1,2,3,1e400", f"{LONG},1,2,3,4", "1,1,2,3,inf", "\ud8001,1,2,3,4"])
def test_a_row_that_no_number_holds_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"frame,x1,y1,x2,y2\n1,1,2,3,4\n{row}\n".encode(errors="surrogatepass"))
    with pytest.raises(ValueError, match=r"a\.csv, line 3"):
        read_csv(path)


@pytest.mark.parametrize("content", [DEEP, f'{{"ID": "a", "gtboxes": {DEEP}', f'{{"ID": {LONG}, "gtboxes": []}}'])
def test_a_line_of_crowdhuman_that_cannot_be_parsed_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.odgt").write_text(content)
    with pytest.raises(ValueError, match=r"a\.odgt, line 1"):
        read_odgt(tmp_path / "a.odgt")


def coco(**changes: Any) -> dict[str, Any]:
    image = {"id": 1, "file_name": "a.jpg", "width": 64, "height": 48, "video_id": 1, "frame_id": 0}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    content = {"images": [image], "annotations": [box], "categories": [{"id": 1, "name": "person"}]}
    return content | {"videos": [{"id": 1, "name": "a"}]} | changes


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["images"][0].update(frame_id=10_000_001),
        lambda content: content["images"][0].update(frame_id=10**400),
        lambda content: content["images"][0].update(video_id=[1]),
        lambda content: content["images"][0].update(width=float("nan")),
        lambda content: content.update(info={"first_frame_id": 10**400}),
        lambda content: content["annotations"][0].update(bbox=[1, 2, 10**400, 4]),
        lambda content: content["annotations"][0].update(track_id=float("nan")),
        lambda content: content["annotations"][0].update(category_id={}),
        lambda content: content["annotations"][0].update(attributes={"rotation": float("inf")}),
    ],
)
def test_an_entry_of_coco_that_no_number_holds_is_named(tmp_path: Path, change: Change) -> None:
    path, content = tmp_path / "a.json", coco()
    path.write_text(json.dumps(content))
    assert len(read_boxes_coco(path)) == 1
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"a\.json"):
        read_boxes_coco(path)


@pytest.mark.parametrize("content", [DEEP.encode(), b"\xff\xfe", f'{{"images": [{LONG}]}}'.encode()])
def test_a_json_that_cannot_be_parsed_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.json: not a JSON file"):
        read_coco_images(tmp_path / "a.json")
