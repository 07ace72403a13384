"""From boxes of your own footage to a network; the README's commands continue to tracking with it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from outrack.cli import main
from outrack.detectors import ModelInfo, default_weights
from outrack.models import read_provenance
from outrack.training.engine.run import Run

SMALL = (
    "schedule.steps=2",
    "schedule.warmup=0",
    "model.width=128",
    "model.height=96",
    "data.pairs=1",
    "data.workers=0",
)


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve frames of two coloured boxes that walk, and their boxes file as `outrack track -o boxes/` leaves it."""
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))
    boxes = tmp_path / "boxes"
    boxes.mkdir()
    rows = []
    with av.open(str(tmp_path / "street.mp4"), "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for frame in range(12):
            pixels = np.full((96, 128, 3), 120, np.uint8)
            for person, colour in enumerate(((220, 30, 30), (30, 30, 220))):
                x, y = 10 + 4 * frame, 10 + 40 * person
                pixels[y : y + 36, x : x + 16] = colour
                rows.append(f"{frame + 1},{person + 1},{x},{y},16,36,0.9,-1,-1,-1")
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(stream.encode(None))
    (boxes / "street.txt").write_text("\n".join(rows) + "\n")
    return tmp_path / "street.mp4"


def test_boxes_become_a_network(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [word for setting in SMALL for word in ("--set", setting)]
    assert main(["train", "--data", "boxes", "--init", "default", "-o", "runs/street", *settings]) == 0
    assert "next: outrack export" in capsys.readouterr().out
    weights = tmp_path / "runs" / "street" / "last.safetensors"
    assert weights.stat().st_mode & 0o777 == 0o666 & ~_umask()
    origin = read_provenance(weights)
    assert origin.trained_on.startswith("data given as --data") and "started from:" in origin.trained_on
    assert "research" in origin.licence  # what the start demands, its heirs demand as well
    assert main(["train", "--data", "boxes", "-o", "runs/street", *settings]) == 1
    assert "already contains a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["defualt"], 1, "no such file or recipe; the recipes are"),
        (["."], 1, "no such file or recipe; a folder of training data is given as --data"),
        (["quick", "--set", "optimiser.lr"], 2, "expected KEY=VALUE"),
        (["quick", "--set", "optimiser.rate=3"], 1, "did you mean optimiser."),
        (["--data", "nowhere"], 1, "--data nowhere: no such file or folder"),
        (["--data", ".", "--val", "nowhere"], 1, "--val nowhere: no such file or folder"),
        (["quick", "--init", "nothing.safetensors"], 1, "nothing.safetensors: no such weights file"),
        (["quick", "--resume"], 1, "nothing to resume"),
    ],
)
def test_untrainable_settings_are_refused(
    words: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    small = ["--set", "validation.images=2", "--set", "validation.sources=[]"] if "quick" in words else []
    assert main(["train", *words, *small]) == code
    assert message in capsys.readouterr().err.replace("\n", " ")


def test_nothing_to_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path), "-o", str(tmp_path / "net.onnx")]) == 1
    assert "neither best.safetensors nor last.safetensors" in capsys.readouterr().err


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[ModelInfo]:
    """What the exported files would say of themselves; what is written, which takes ten seconds, test_run.py tests."""
    infos: list[ModelInfo] = []

    def export(network: object, path: Path, *, info: ModelInfo) -> None:
        path.write_bytes(b"onnx")
        infos.append(info)

    monkeypatch.setattr("outrack.export.run.export_onnx", export)
    return infos


def test_an_export_says_that_occlusions_cost_time_and_leaves_them_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], exported: list[ModelInfo]
) -> None:
    for name, flags in (("whole", []), ("lean", ["--no-occlusions"])):
        assert main(["export", "default", "-o", str(tmp_path / f"{name}.onnx"), *flags]) == 0
        assert ("--no-occlusions" in capsys.readouterr().out) == (name == "whole")
    assert [(info.occlusions, info.occlusion_threshold) for info in exported] == [(True, 0.2), (False, 0.2)]


def test_sizes_and_names_of_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], exported: list[ModelInfo]
) -> None:
    net = tmp_path / "net.onnx"
    assert main(["export", "coco", "-o", str(net), "--imgsz", "50"]) == 2
    assert "expected 96 to 8192 pixels, got 50" in capsys.readouterr().err
    assert main(["export", "coco", "-o", str(tmp_path / "net"), "--imgsz", "96"]) == 2
    assert "expected a file that ends in .onnx" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
    assert main(["export", "coco", "-o", str(net), "--imgsz", "100"]) == 0  # as for `outrack track`: the next that fits
    assert "96x96" in capsys.readouterr().out
    assert main(["export", "coco", "-o", str(net), "--imgsz", "100"]) == 2
    assert "--overwrite replaces it" in capsys.readouterr().err
    assert [info.size for info in exported] == [(96, 96)]


def test_an_export_in_8_bits_reports_its_gain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The export in float, which takes ten seconds, gives the bundled file here.
    monkeypatch.setattr(
        "outrack.export.run.export_onnx", lambda network, path, *, info: shutil.copyfile(default_weights(), path)
    )
    net, pictures = tmp_path / "net.onnx", tmp_path / "pictures"
    words = ["export", "coco", "-o", str(net), "--imgsz", "96", "--int8", str(pictures)]
    assert main(words) == 1
    assert f"{pictures}: no such file or folder; expected a folder of pictures" in capsys.readouterr().err.replace(
        "\n", " "
    )
    assert not any(tmp_path.iterdir())
    pictures.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (96, 128, 3), np.uint8)
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    assert main(words) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "convolutions in 8 bits, calibrated on 3 pictures" in said
    assert "of them are depthwise, which are not faster in 8 bits" in said
    assert main(["info", "--weights", str(net)]) == 0
    assert "8 bits" in capsys.readouterr().out


@pytest.mark.parametrize("minutes", ["0", "-5", "nan"])
def test_no_time_to_train_is_refused(minutes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "quick", "--max-minutes", minutes, "-o", str(tmp_path / "run")]) == 2
    assert "for --max-minutes. Must be > 0" in capsys.readouterr().err


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_run_reports_its_data_and_resumes_from_its_folder_alone(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "street.txt").write_text((tmp_path / "boxes" / "street.txt").read_text())
    settings = [word for setting in SMALL for word in ("--set", setting)]
    command = ["train", "--data", "boxes", "--val", "held", "-o", "runs/street", *settings]
    assert main([*command, "--set", "schedule.warmup=5"]) == 0
    said = capsys.readouterr().out
    assert "12 pictures of 1 video with 24 boxes of people" in said
    assert "before the first step  held out, held: loss" in said
    assert "step 2/2  held out, held:" in said and "(start " in said
    assert "during warm-up, after 2 of 5 steps" in said
    assert "next: outrack export" not in said
    assert main(["train", "-o", "runs/street", "--resume", "--set", "schedule.steps=3"]) == 0
    said = capsys.readouterr().out
    assert "step 3/3  held out, held:" in said and "(start " in said
    assert main([*command[:3], "--val", "boxes", "-o", "runs/other"]) == 2
    assert "this is also training data" in capsys.readouterr().err


def test_ctrl_c_names_the_resume(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    one_step = Run.one_step

    def interrupted_after_one(self: Run, batches: object) -> dict[str, float]:
        if self.progress.step == 1:
            raise KeyboardInterrupt
        return one_step(self, batches)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "one_step", interrupted_after_one)
    settings = [word for setting in SMALL for word in ("--set", setting)]
    assert main(["train", "--data", "boxes", "-o", "runs/street", *settings]) == 130
    error = capsys.readouterr().err
    assert "interrupted" in error and "`outrack train -o runs/street --resume` continues" in error
