"""Every system of the paper's Tables 1, 2 and 5, from its recipe to tracks, in seconds: with tiny networks in place of
DLA-34, two coloured squares that pass behind each other are overfitted and tracked by `outrack track`.

`test_paper_systems.py` does the same with DLA-34 and drawn people, in minutes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.export.run import export_run
from outrack.training import load_config
from tests.training.systems import OVERFIT, SYSTEMS, learn, track, write_sequence

QUICK = ("outrack-fm", "otrack-ct")
SMALL = {"model.hidden": "32", "model.width": "128", "model.height": "96", "optimiser.lr": "5e-3"}
NETWORKS = {
    "tiny": {"schedule": "{steps: 160, kind: cosine, save_every: 1000}", "data.pairs": "3"},
    "tiny-two-frame": {"schedule": "{steps: 240, kind: cosine, save_every: 1000}", "data.pairs": "4"},
}
WARMUP = {"fairmot-cycas": "60"}
"""After 10 steps CycAs makes all embeddings alike for good, see `cycas_loss`."""


def write_crossing(folder: Path, *, num_frames: int = 12) -> Path:
    """A red square walks to the right, behind a blue one that walks to the left; a green one stands."""
    pictures, xywh = [], []
    for frame in range(num_frames):
        boxes = [(20 + 4 * frame, 8, 14, 28), (84 - 4 * frame, 16, 14, 28), (104, 60, 14, 28)]
        pixels = np.full((96, 128, 3), 120, np.uint8)
        for (x, y, w, h), colour in zip(boxes, ((230, 40, 40), (50, 60, 235), (40, 220, 60)), strict=True):
            pixels[y : y + h, x : x + w] = colour
            # A white dot in the middle: tiny networks see no further.
            pixels[y + h // 2 - 2 : y + h // 2 + 2, x + w // 2 - 2 : x + w // 2 + 2] = 255
        pictures.append(Image.fromarray(pixels))
        xywh.append(boxes)
    return write_sequence(folder, pictures, np.array(xywh, np.float64), np.ones((num_frames, 3)))


@pytest.mark.parametrize(
    "system", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in SYSTEMS]
)
def test_a_system_overfits_a_sequence(system: str, tmp_path: Path) -> None:
    sequence = write_crossing(tmp_path / "data" / "crossing")
    tracker, part = SYSTEMS[system]
    network = "tiny-two-frame" if part == "displacement" else "tiny"
    settings = {
        **OVERFIT,
        **SMALL,
        **NETWORKS[network],
        "model.architecture": network,
        "data.sources": f"[{{path: {tmp_path / 'data'}}}]",
        "schedule.warmup": WARMUP.get(system, "10"),
    }
    first, last = learn(load_config(system, overrides=settings), tmp_path / "run")
    assert last[part] < 0.7 * first[part]
    assert last.get("reid_inter", 0) < 0.25  # the margin, 0.5, when all embeddings are alike

    export_run(tmp_path / "run", tmp_path / "net.onnx")
    scores = track(sequence, tmp_path / "net.onnx", tracker, tmp_path / "results")
    assert scores.mota > 95
    assert scores.idsw == 0
