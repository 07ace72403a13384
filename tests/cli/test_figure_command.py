"""`outrack figure`."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from outrack.detectors import default_weights
from outrack.models import coco_start


@pytest.fixture
def crowd(run) -> Path:
    size = ("--size", "256x160", "--people", "10", "--frames", "16", "--difficulty", "hard", "--seed", "3")
    assert run("synth", "crowds", *size, "-q").code == 0
    return Path("crowds/composed-00003")


def test_every_figure_of_a_made_sequence(run, crowd: Path) -> None:
    for words in (
        ("tsne", crowd, "--colours", "--stride", "2", "--min-visibility", "0.3", "-o", "out/tsne.png"),
        ("assignment", crowd, "--colours", "--frames", "3", "8", "-o", "out/assignment.svg"),
        ("refinding", crowd, "--truth", "-o", "out/refinding.png"),
        ("heatmap", crowd, "--truth", "-o", "out/heatmap.png"),
        ("heatmap", crowd, "--truth", "--frames", "2", "9", "-o", "out/chosen.pdf"),
        ("heatmap", crowd, "--frames", "2", "9", "-o", "out/predicted.png"),
    ):
        outcome = run("figure", *words)
        assert outcome.code == 0, outcome.err
        assert outcome.out == f"{words[-1]}\n" and Path(words[-1]).stat().st_size > 5000


def test_bad_input_is_one_line(run, crowd: Path, clip: Path) -> None:
    Path("there.png").touch()
    for words, message in (
        (("tsne", crowd, "--weights", coco_start(), "-o", "a.png"), "coco.safetensors: this network (mobile_centernet"),
        (("assignment", crowd, "--weights", coco_start(), "-o", "a.png"), "has no appearance"),
        (("heatmap", crowd, "--weights", default_weights(), "-o", "a.png"), "predicts no occlusions"),
        (("heatmap", crowd, "--truth", "--frames", "99", "-o", "a.png"), "frame 99 is beyond the end"),
        (("assignment", crowd, "--colours", "--frames", "1", "99", "-o", "a.png"), "frame 99 is beyond the end"),
        (("assignment", crowd, "--colours", "--frames", "3", "3", "-o", "a.png"), "expected two different frames"),
        (("assignment", clip, "--colours", "-o", "a.png"), "no objects in frame 1"),
        (("refinding", crowd, "--truth", "--max-frames", "1", "-o", "a.png"), "at least two frames, got 1"),
        (("refinding", clip, "-o", "a.png"), "no track was recovered in these 12 frames"),
        (("refinding", clip, "--truth", "-o", "a.png"), "no ground truth"),
        (("heatmap", crowd, "--truth", "--weights", "x.onnx", "-o", "a.png"), "omit --weights"),
        (("tsne", clip, "--colours", "-o", "a.png"), "no labelled identity"),
        (("tsne", "nothing.mp4", "--colours", "-o", "a.png"), "nothing.mp4"),
        (("tsne", crowd, "--weights", "x.onnx", "-o", "a.png"), "x.onnx: no such weights file"),
        (("tsne", crowd, "-o", "a.gif"), "--output a.gif: expected a file that ends in .png, .svg, .pdf"),
        (("tsne", crowd, "-o", "there.png"), "there.png exists; --overwrite replaces it"),
        (("tsne", crowd, "-o", "there.png/a.png"), "there.png/a.png: cannot be written"),
    ):
        outcome = run("figure", *words)
        assert outcome.code in (1, 2) and message in outcome.err and outcome.err.count("\n") == 1, outcome.err
    assert not Path("a.png").exists()


def test_long_work_shows_how_far_it_is(run, crowd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outrack.jobs.counting.time", SimpleNamespace(monotonic=count(0, 11).__next__))  # slow work
    outcome = run("figure", "heatmap", crowd, "--truth", "--frames", "2", "4", "-o", "a.png")
    assert outcome.err.splitlines() == [f"{frame}/4 frames" for frame in (1, 2, 3, 4)]


def test_pictures_of_one_frame_have_no_second(run) -> None:
    assert run("synth", "one", "--size", "96x64", "--frames", "1", "--people", "3", "-q").code == 0
    outcome = run("figure", "assignment", "one/composed-00000/img1", "--colours", "-o", "a.png")
    assert "frame 10 is beyond the end; the last frame is 1" in outcome.err
