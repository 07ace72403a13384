"""CrowdHuman's labels (`.odgt`): one JSON object per line and picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy, xyxy_to_xywh
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.io.entries import json_value

__all__ = ["OdgtImage", "read_odgt", "write_odgt"]

_EXPECTED = '{"ID": ..., "gtboxes": [{"tag": ..., "fbox": [x, y, w, h]}, ...]}'


class OdgtImage(NamedTuple):
    """The labels of one picture; R boxes.

    Attributes:
        name: name of the picture, without its ending.
        full: boxes of whole bodies (`fbox`), which may leave the picture, in pixels, float64 (R, 4) xyxy.
        visible: boxes of their visible parts (`vbox`; the whole body where there is none), float64 (R, 4) xyxy.
        ignore: marked `extra.ignore`, or of another tag than `person`, such as crowds, bool (R,).
        num_heads: number of head boxes (`hbox`), which are not read.
    """

    name: str
    full: NDArray[np.float64]
    visible: NDArray[np.float64]
    ignore: NDArray[np.bool_]
    num_heads: int


def read_odgt(path: Path) -> list[OdgtImage]:
    """Read a label file; pictures in the order of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed, or the second of its picture; names file and line.
    """
    images = []
    lines: dict[str, int] = {}
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            with reading(f"{path}, line {number}", f"expected {_EXPECTED}"):
                record = json_value(line)
                name = f"{record['ID']}"
                if lines.setdefault(name, number) != number:
                    raise ValueError(f"{name} is already on line {lines[name]}; merge both")
                images.append(_image(name, record["gtboxes"]))
    return images


def _image(name: str, people: list[Mapping[str, Any]]) -> OdgtImage:
    return OdgtImage(
        name,
        _corners([person["fbox"] for person in people]),
        _corners([person.get("vbox", person["fbox"]) for person in people]),
        np.array([person["tag"] != "person" or person.get("extra", {}).get("ignore") == 1 for person in people], bool),
        sum("hbox" in person for person in people),
    )


def _corners(xywh: list[Any]) -> NDArray[np.float64]:
    return xywh_to_xyxy(np.array(xywh, np.float64).reshape(len(xywh), 4))


def write_odgt(path: Path, images: Iterable[OdgtImage]) -> None:
    """Write a label file that `read_odgt` reads, one line per picture. Ignored boxes are marked by `extra.ignore`.

    Raises:
        OSError: it cannot be written.
    """
    with atomic_write(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        for image in images:
            columns = (xyxy_to_xywh(image.full).tolist(), xyxy_to_xywh(image.visible).tolist(), image.ignore.tolist())
            people = [
                {"tag": "person", "fbox": full, "vbox": visible, "extra": {"ignore": int(ignore)}}
                for full, visible, ignore in zip(*columns, strict=True)
            ]
            file.write(json.dumps({"ID": image.name, "gtboxes": people}) + "\n")
