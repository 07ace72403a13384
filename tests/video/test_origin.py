"""Outputs state their origin: versions, commit, network and settings."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from outrack.io.origin import versions
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker, TrackerConfig
from outrack.video.pipeline import track_to_files

CONFIG = TrackerConfig(start_score=0.55)
NAMES = ("out.mp4", "out.mkv", "out.webm", "out.json", "out.xml")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    pictures = folder / "pictures"
    pictures.mkdir()
    from PIL import Image

    for number in range(3):
        Image.fromarray(np.full((64, 64, 3), 40 * number, np.uint8)).save(pictures / f"{number}.png")

    def one_person(frame: Frame) -> Detections:
        return Detections([(4, 4, 30, 60)], [0.9])

    track_to_files(
        pictures, [folder / name for name in NAMES], detector=one_person, tracker=Tracker(CONFIG), min_length_s=0.0
    )
    return folder


def _text_of(path: Path) -> str:
    if path.suffix == ".json":
        return str(json.loads(path.read_text())["info"]["description"])
    if path.suffix == ".xml":
        head = path.read_text().splitlines()[1]
        assert ET.parse(path).getroot().tag == "annotations"
        return head.removeprefix("<!-- ").removesuffix(" -->")
    with av.open(str(path)) as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
    return tags["comment"]


@pytest.mark.parametrize("name", NAMES)
def test_versions_and_settings_are_in_the_file(outputs: Path, name: str) -> None:
    found: dict[str, Any] = json.loads(_text_of(outputs / name))
    assert found["made_by"].items() >= {**versions(), "outrack": found["made_by"]["outrack"]}.items()
    assert found["settings"]["tracker"]["start_score"] == 0.55
    assert found["settings"] | {"stride": 1, "smoothed": True} == found["settings"]
