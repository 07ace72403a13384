"""Bad training data: one clear line, or a warning and training on the rest."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from outrack.models.registry import ARCHITECTURES
from outrack.training.engine.checkpoint import read_state
from tests.training.tiny import RECIPE, TinyNetwork, write_squares


@pytest.fixture(autouse=True)
def small_world(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe of seconds and two videos of eight frames in `data`."""
    monkeypatch.setitem(ARCHITECTURES, TinyNetwork.architecture, TinyNetwork)
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))
    Path("tiny.yaml").write_text(RECIPE.replace("squares", "data"))
    write_squares(Path("data"))


def change(edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit the labels."""
    path = Path("data/annotations.json")
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def train(run, *settings: str):
    return run("train", "tiny.yaml", "-o", "run", *(word for setting in settings for word in ("--set", setting)))


def has_learned(outcome, *, boxes: int, warning: str) -> bool:
    assert outcome.code == 0, outcome.err
    assert warning in outcome.err
    return json.loads(Path("run/data.json").read_text())["boxes"] == boxes


def fails_with(outcome, *words: str) -> bool:
    (line,) = outcome.err.splitlines()
    assert outcome.code == 1
    assert "Traceback" not in line
    return line.startswith("error: ") and all(word in line for word in words)


def test_nothing_wrong(run) -> None:
    outcome = train(run)
    assert outcome.err == ""
    assert has_learned(outcome, boxes=48, warning="")


def test_an_invalid_time_limit_is_refused(run) -> None:
    outcome = run("train", "tiny.yaml", "-o", "run", "--max-minutes", "nan")
    assert outcome.code == 2
    assert 'Invalid value "nan" for --max-minutes' in outcome.err


def test_a_missing_image(run) -> None:
    Path("data/0-03.png").unlink()
    assert has_learned(train(run), boxes=45, warning="1 of 16 images are missing")


def test_all_images_missing(run) -> None:
    for path in Path("data").glob("*.png"):
        path.unlink()
    assert fails_with(train(run), "annotations.json: none of its 16 images exists", "Where are the images?")


def test_an_image_that_goes_away_while_it_is_needed(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def sweep(self: TinyNetwork, images: torch.Tensor):
        for path in Path("data").glob("*.png"):
            path.unlink()
        return forward(self, images)

    forward = TinyNetwork.forward
    monkeypatch.setattr(TinyNetwork, "forward", sweep)
    assert fails_with(train(run), ".png: no such image")


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_is_cut_short(run, workers: int) -> None:
    for path in Path("data").glob("*.png"):
        path.write_bytes(path.read_bytes()[:200])
    outcome = train(run, f"data.workers={workers}")
    assert fails_with(outcome, ".png: not a readable image", "Replace the file, or remove it from the data")


def test_an_image_of_another_size_than_its_label_says(run) -> None:
    for path in Path("data").glob("*.png"):
        Image.open(path).resize((48, 32)).save(path)
    assert fails_with(train(run), ".png: the label says 96x64, but the image has 48x32")


def test_boxes_outside_and_without_area(run) -> None:
    def spoil(labels: dict[str, Any]) -> None:
        labels["annotations"][0]["bbox"] = [500, 10, 20, 30]
        labels["annotations"][1]["bbox"] = [10, 10, 0, 30]

    change(spoil)
    warning = "dropped 1 box without area and 1 outside of their image"
    assert has_learned(train(run), boxes=46, warning=warning)


def test_a_box_that_is_not_a_number(run) -> None:
    change(lambda labels: labels["annotations"][2].update(bbox=[1, 2, float("nan"), 4]))
    assert fails_with(train(run), "annotations.json: annotation 3: bbox must be 4 finite numbers")


def test_labels_without_images(run) -> None:
    for folder in ("yolo/images", "yolo/labels"):
        Path(folder).mkdir(parents=True)
    Path("yolo/labels/a.txt").write_text("0 0.5 0.5 0.2 0.5\n")
    assert fails_with(train(run, "data.sources=[{path: yolo}]"), "yolo/images: it contains no images")
    Image.new("RGB", (96, 64)).save("yolo/images/b.png")
    assert fails_with(train(run, "data.sources=[{path: yolo}]"), "none of its 1 label files has an image")


def test_unselected_classes_are_ignored(run) -> None:
    for folder in ("yolo/images", "yolo/labels"):
        Path(folder).mkdir(parents=True)
    Image.new("RGB", (96, 64)).save("yolo/images/a.png")
    Path("yolo/labels/a.txt").write_text("3 0.5 0.5 0.2 0.5\n")
    assert fails_with(train(run, "data.sources=[{path: yolo}]"), "no box has class [0]; its labels have class [3]")
    change(lambda labels: labels["categories"][0].update(name="car"))
    assert fails_with(train(run), "annotations.json", "car")


def test_a_video_shorter_than_the_window(run) -> None:
    write_squares(Path("short"), num_frames=1, scenes=1)
    assert has_learned(train(run, "data.sources=[{path: short}]", "data.window=10"), boxes=3, warning="")


def test_pictures_without_people(run) -> None:
    write_squares(Path("empty"), people=0)
    outcome = train(run, "data.sources=[{path: empty}]")
    assert has_learned(outcome, boxes=0, warning="empty: no boxes in 16 images")


def test_a_setting_that_does_not_exist(run) -> None:
    assert fails_with(train(run, "data.windows=3"), "unknown setting data.windows; did you mean data.window?")


def test_a_checkpoint_of_another_network(run) -> None:
    assert train(run).code == 0
    other = ["model.hidden=8", "schedule.steps=4"]
    words = [word for setting in other for word in ("--set", setting)]
    assert fails_with(
        run("train", "tiny.yaml", "-o", "run", "--resume", *words), "run/last.pt", "model.hidden is 8 and was 16"
    )
    assert read_state(Path("run/last.pt")).progress.step == 2
    assert fails_with(
        run("train", "tiny.yaml", "-o", "new", "--init", "run/last.safetensors", *words), "last.safetensors"
    )


def test_weights_of_another_network_under_the_same_settings(run) -> None:
    assert train(run).code == 0
    state = torch.load("run/last.pt", weights_only=True)
    name = next(name for name in state["model"] if name.endswith("trunk.0.weight"))
    state["model"][name] = torch.zeros(3, 3, 3, 3)
    torch.save(state, "run/last.pt")
    outcome = run("train", "tiny.yaml", "-o", "run", "--resume", "--set", "schedule.steps=4")
    assert fails_with(outcome, "run/last.pt: this checkpoint belongs to another network")


def test_a_full_disk_keeps_the_last_checkpoint_and_the_run_continues_from_it(run) -> None:
    assert train(run).code == 0
    words = ("train", "tiny.yaml", "-o", "run", "--resume", "--set", "schedule.steps=4")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path("run/last.pt").stat().st_size // 2, hard))
    try:
        outcome = run(*words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert fails_with(
        outcome,
        "last.pt: cannot write this checkpoint",
        "the previous one is kept. Free some disk space, then use --resume",
    )
    assert read_state(Path("run/last.pt")).progress.step == 2
    assert run(*words).code == 0
    assert read_state(Path("run/last.pt")).progress.step == 4
