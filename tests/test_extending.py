"""CONTRIBUTING: to add a loss, a refinding rule, a dataset or a writer, copy one file and register it in another.

The files are copied and registered as described there, in a tree of links to the package, and used in a subprocess.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

PACKAGE = Path(__file__).parents[1] / "src" / "outrack"


@dataclass(frozen=True)
class Addition:
    """A file to copy, names to replace in the copy, and lines to replace in the file where it is registered."""

    copied: str
    new: str
    names: dict[str, str]
    registered: str
    lines: dict[str, str] = field(default_factory=dict)


LOSS = Addition(
    "losses/cycas.py",
    "losses/mine.py",
    {"cycas_loss": "mine_loss"},
    "training/config/training_config.py",
    {'"cycas", "utrack"]': '"cycas", "utrack", "mine"]'},
)
DETECTION_LOSS = Addition(
    "losses/giou.py",
    "losses/mine_boxes.py",
    {"giou_loss": "mine_boxes_loss", "return giou_at(": "return 2 * giou_at("},
    "losses/detection.py",
    {"    giou: float = 0.0\n": "    giou: float = 0.0\n    mine_boxes: float = 0.0\n"},
)
REFINDER = Addition(
    "tracking/refinders/geometry.py",
    "tracking/refinders/mine.py",
    {"GeometryRefinder": "MineRefinder"},
    "tracking/refinders/choice.py",
    {
        '"gsm", "off"]': '"gsm", "off", "mine"]',
        '    if policy == "off":': '    if policy == "mine":\n'
        "        from outrack.tracking.refinders.mine import MineRefinder\n\n"
        "        return MineRefinder(settings.geometry, window_s=window_s, frame_rate=frame_rate)\n"
        '    if policy == "off":',
    },
)
DATASET = Addition(
    "datasets/crowdhuman.py",
    "datasets/mine.py",
    {"read_crowdhuman": "read_mine"},
    "datasets/layouts.py",
    {
        "from outrack.datasets.mot import": "from outrack.datasets.mine import read_mine\n"
        "from outrack.datasets.mot import",
        "LAYOUTS = (\n": "LAYOUTS = (\n"
        '    Layout("mine", "*.mine", _files_with(".mine", lambda _: True), lambda path, _: read_mine(path)),\n',
    },
)
WRITER = Addition(
    "video/writers/tables.py",
    "video/writers/mine.py",
    {"CsvWriter": "MineWriter"},
    "video/writers/together.py",
    {
        "from outrack.video.writers.movie": "from outrack.video.writers.mine import MineWriter\n"
        "from outrack.video.writers.movie",
        '        ".csv": lambda': '        ".mine": lambda path, what: MineWriter(path),\n        ".csv": lambda',
    },
)
ADDITIONS = (LOSS, DETECTION_LOSS, REFINDER, DATASET, WRITER)


def own(folder: Path, relative: str) -> Path:
    """`relative` below `folder`, whose folders on the way to it become real ones with links to what is in them."""
    for name in Path(relative).parts[:-1]:
        if (folder / name).is_symlink():
            linked = (folder / name).resolve()
            (folder / name).unlink()
            link_all(linked, folder / name)
        folder = folder / name
    return folder / Path(relative).name


def link_all(source: Path, target: Path) -> None:
    target.mkdir()
    for path in source.iterdir():
        if path.name != "__pycache__":
            (target / path.name).symlink_to(path)


def add(package: Path, addition: Addition) -> None:
    text = (PACKAGE / addition.copied).read_text()
    for old, new in addition.names.items():
        assert old in text
        text = text.replace(old, new)
    own(package, addition.new).write_text(text)
    text = (PACKAGE / addition.registered).read_text()
    for old, new in addition.lines.items():
        assert text.count(old) == 1, f"{addition.registered}: {old}"
        text = text.replace(old, new)
    place = own(package, addition.registered)
    place.unlink()
    place.write_text(text)


USES_ALL = """
from pathlib import Path
from outrack.cli import main
from outrack.datasets.layouts import open_dataset
from outrack.training.config.config_file import load_config
from dataclasses import replace
import numpy as np
import torch
from outrack.annotation import Annotation
from outrack.models import DenseMaps
from outrack.training.data.batch_targets import collate
from outrack.training.data.target_encoder import TargetEncoder
from outrack.training.engine.step import detection_loss

code = main(["track", "SEQ", "--detections", "det.txt", "-o", "out.mine", "--tracker.refind", "mine"])
assert code == 0
print(Path("out.mine").read_text().splitlines()[1])
print(len(open_dataset(Path("stills"))))
loss = load_config("footage", overrides={"loss.reid": "mine", "loss.detection.mine_boxes": "3"}).loss
print(loss.reid)
maps = DenseMaps(centres=torch.zeros(2, 1, 8, 16), ltrb=torch.ones(2, 4, 8, 16))
targets = collate(
    [TargetEncoder(64, 32)(Annotation.of_people(np.array([[8.0, 4, 32, 32]])))] * 2,
    num_detection=2, pair=[0, 0], second=[False, True], negative=[False],
)
found = detection_loss(maps, targets, occlusion_normalise="paper")
terms = dict(found.named())
assert terms["mine_boxes"] == 2 * terms["giou"] > 0
none = replace(loss.detection, mine_boxes=0.0)
print(round(float((found.total(loss.detection) - found.total(none)) / terms["giou"]), 3))
"""


def test_five_additions_of_one_file_each(tmp_path: Path) -> None:
    link_all(PACKAGE, tmp_path / "outrack")
    for addition in ADDITIONS:
        add(tmp_path / "outrack", addition)
    (tmp_path / "SEQ").mkdir()
    (tmp_path / "SEQ" / "seqinfo.ini").write_text("[Sequence]\nseqLength=2\nframeRate=25\n")
    (tmp_path / "det.txt").write_text("1,-1,10,10,20,50,0.9\n2,-1,11,10,20,50,0.9\n")
    (tmp_path / "stills").mkdir()
    Image.new("RGB", (64, 48)).save(tmp_path / "stills" / "a.jpg")
    label = {"ID": "a", "gtboxes": [{"tag": "person", "fbox": [1, 2, 10, 20], "vbox": [1, 2, 10, 20]}]}
    (tmp_path / "stills" / "labels.mine").write_text(json.dumps(label))
    done = subprocess.run(
        [sys.executable, "-c", USES_ALL],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "OUTRACK_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    row = "1,0.000000,1,10.00,10.00,30.00,60.00,0.9000,0,detected"
    assert done.stdout.splitlines()[-4:] == [row, "1", "mine", "6.0"]


def test_a_loss_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from outrack.training.config.training_config import LossConfig
    from outrack.training.engine.reid import PairReID, make_reid

    text = (PACKAGE / LOSS.copied).read_text()
    (tmp_path / "mine.py").write_text(text.replace("cycas_loss", "mine_loss"))
    losses = import_module("outrack.losses")
    monkeypatch.setattr(losses, "__path__", [*losses.__path__, str(tmp_path)])
    reid = make_reid(LossConfig(reid="mine"), embedding_dim=8, num_ids=0)  # type: ignore[arg-type]
    assert isinstance(reid, PairReID)
    pair, second = torch.tensor([0, 0, 0, 0]), torch.tensor([False, False, True, True])
    embeddings = torch.randn(4, 8, generator=torch.Generator().manual_seed(1))
    value = reid._loss(embeddings, pair, second, torch.tensor([False]))
    assert value == losses.cycas_loss(embeddings, pair, second, torch.tensor([False]))
    del sys.modules["outrack.losses.mine"]


def test_the_guide_names_these_files() -> None:
    guide = (PACKAGE.parents[1] / "CONTRIBUTING.md").read_text()
    for addition in ADDITIONS:
        assert f"`{addition.copied}" in guide and f"`{addition.registered}: " in guide
