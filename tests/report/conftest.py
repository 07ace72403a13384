"""A small run whose numbers can be counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outrack.io.run_record import RunRecord

STATES = {
    1: "dddr.d",  # by frame: detected, refound, no box; frames 1 to 6
    2: ".pp...",
}
NAMES = {"d": "detected", "r": "refound", "p": "predicted"}
RECORD = RunRecord(
    outrack="0.2.0",
    versions={"outrack": "0.2.0"},
    source="street.mp4",
    width=100,
    height=80,
    frame_rate=10.0,
    num_frames=6,
    num_dropped=0,
    num_people=2,
    num_short=2,
    num_left_out=0,
    interrupted=False,
    elapsed_s=3.0,
    phase_s={"decoding": 0.6, "network": 1.8, "drawing": 0.0},
    network={"network": "tiny", "licence": "MIT"},
    settings={"--device": "cpu", "--tracker.classes": None},
    outputs=("street.jsonl",),
)


def box(identity: int, frame: int) -> list[float]:
    return [10.0 * identity + frame, 10.0, 10.0 * identity + frame + 8.0, 50.0]


def json_lines(states: dict[int, str], *, step_s: float = 0.1) -> str:
    lines = []
    for frame in range(1, max(map(len, states.values())) + 1):
        tracks = [
            {"id": identity, "xyxy": box(identity, frame), "score": 0.9, "class_id": 0, "state": NAMES[word[frame - 1]]}
            for identity, word in states.items()
            if word[frame - 1 : frame] not in ("", ".")
        ]
        lines.append(json.dumps({"frame": frame, "timestamp_s": round((frame - 1) * step_s, 6), "tracks": tracks}))
    return "\n".join(lines) + "\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """`STATES` as JSON Lines, ten frames a second."""
    path = tmp_path / "street.jsonl"
    path.write_text(json_lines(STATES))
    return path
