"""Every system of the paper's Tables 1, 2 and 5, from its recipe to tracks, in seconds: with tiny networks in place of
DLA-34, two coloured squares that pass behind each other are learned by heart and followed by `outrack track`.

`test_paper_systems.py` does the same with DLA-34 and drawn people, in minutes.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from outrack.cli import main
from outrack.datasets import GroundTruth, write_ground_truth
from outrack.evaluation.mot import evaluate
from outrack.tracking import TrackerConfig
from outrack.training import export_run, load_config, train

FAIRMOT, CENTERTRACK = TrackerConfig.fairmot, TrackerConfig.centertrack
SLOW = pytest.mark.slow
COLLAPSES = pytest.mark.xfail(
    reason="from random weights CycAs leaves all embeddings alike: its loss stays at two margins, measured 1.0"
)
SYSTEMS = [
    pytest.param("fairmot", FAIRMOT(), "centre", marks=SLOW),
    pytest.param("fairmot-supervised", FAIRMOT(), "reid", marks=SLOW),
    pytest.param("fairmot-cycas", FAIRMOT(), "reid", marks=[SLOW, COLLAPSES]),
    pytest.param("fairmot-utrack", FAIRMOT(), "reid", marks=SLOW),
    pytest.param("fairmot-utrack-gsm", FAIRMOT(refind="gsm"), "reid", marks=SLOW),
    pytest.param("outrack-fm", FAIRMOT(refind="paper"), "occlusion"),
    pytest.param("centertrack", CENTERTRACK(), "displacement", marks=SLOW),
    pytest.param("centertrack-gsm", CENTERTRACK(refind="gsm"), "displacement", marks=SLOW),
    pytest.param("otrack-ct", CENTERTRACK(refind="paper"), "displacement"),
]
BY_HEART = {
    "model.init": "null",
    "model.hidden": "32",
    "model.width": "128",
    "model.height": "96",
    "data.workers": "0",
    "augmentation.geometry": "{rotation_deg: 0, scale: [1, 1], translate: 0, shear_deg: 0, flip: 0, partner: [0, 0]}",
    "augmentation.photometric": "{saturation: 0, value: 0}",
    "optimiser.lr": "5e-3",
    "validation.sources": "[]",
}
NETWORKS = {
    "tiny": {"schedule": "{steps: 160, kind: cosine, warmup: 10, save_every: 1000}", "data.pairs": "3"},
    "tiny-look-back": {"schedule": "{steps: 240, kind: cosine, warmup: 10, save_every: 1000}", "data.pairs": "4"},
}


def write_crossing(folder: Path, *, num_frames: int = 12) -> Path:
    """A red square walks to the right, behind a blue one that walks to the left; a green one stands."""
    images = folder / "img1"
    images.mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nname={folder.name}\nimDir=img1\nframeRate=15\nseqLength={num_frames}\nimWidth=128\n"
        "imHeight=96\nimExt=.png\n"
    )
    xywh = []
    for frame in range(num_frames):
        boxes = [(20 + 4 * frame, 8, 14, 28), (84 - 4 * frame, 16, 14, 28), (104, 60, 14, 28)]
        pixels = np.full((96, 128, 3), 120, np.uint8)
        for (x, y, w, h), colour in zip(boxes, ((230, 40, 40), (50, 60, 235), (40, 220, 60)), strict=True):
            pixels[y : y + h, x : x + w] = colour
            pixels[y + h // 2 - 2 : y + h // 2 + 2, x + w // 2 - 2 : x + w // 2 + 2] = (
                255  # tiny networks see no further
            )
        Image.fromarray(pixels).save(images / f"{frame + 1:06d}.png")
        xywh += boxes
    rows = len(xywh)
    truth = GroundTruth(
        frames=np.repeat(np.arange(1, num_frames + 1), 3),
        ids=np.tile([1, 2, 3], num_frames),
        xywh=np.array(xywh, np.float64),
        considered=np.ones(rows, bool),
        class_ids=np.ones(rows, np.int64),
        visibility=np.ones(rows),
    )
    write_ground_truth(folder / "gt" / "gt.txt", truth)
    return folder


@pytest.mark.parametrize(("system", "tracker", "part"), SYSTEMS)
def test_a_system_learns_a_sequence_by_heart(system: str, tracker: TrackerConfig, part: str, tmp_path: Path) -> None:
    sequence = write_crossing(tmp_path / "data" / "crossing")
    network = "tiny-look-back" if part == "displacement" else "tiny"
    settings = {
        **BY_HEART,
        **NETWORKS[network],
        "model.architecture": network,
        "data.sources": f"[{{path: {tmp_path / 'data'}}}]",
    }
    run = tmp_path / "run"
    train(load_config(system, overrides=settings), run)
    first, *_, last = (json.loads(line) for line in (run / "log.jsonl").read_text().splitlines())
    assert last[part] < 0.7 * first[part]
    assert last.get("reid_inter", 0) < 0.25  # the margin, 0.5, when all embeddings are alike

    export_run(run, tmp_path / "net.onnx")
    given = dataclasses.asdict(tracker).items()
    words = {name.replace("_", "-"): value for name, value in given if name != "frame_rate"}
    (tmp_path / "tracker.yaml").write_text(yaml.safe_dump({"tracker": words}))
    options = ["--weights", str(tmp_path / "net.onnx"), "--config", str(tmp_path / "tracker.yaml"), "-q"]
    assert main(["track", str(sequence), *options, "-o", str(tmp_path / "results" / "crossing.txt")]) == 0
    scores = evaluate(tmp_path / "data", tmp_path / "results", benchmark="plain").combined
    assert scores.mota > 95
    assert scores.idsw == 0
