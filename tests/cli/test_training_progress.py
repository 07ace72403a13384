"""Messages of `outrack train` about its data, steps, scores and outcome."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from outrack.cli.training_progress import TrainingProgress, closing_lines, data_words, validation_words
from outrack.training import load_config
from outrack.training.engine.checkpoint import RunProgress
from outrack.training.engine.report import DataReport, StepReport, ValidationReport
from outrack.training.engine.validation import SourceScores, Validation
from outrack.training.engine.verdict import Verdict, start_scores, verdict_of

DATA = DataReport(
    paths=("boxes",),
    num_images=1200,
    num_videos=1,
    num_boxes=5000,
    num_composed=1,
    pairs_per_epoch=2000,
    pairs_per_step=4,
    steps=1500,
    warmup=100,
    held_out={},
)


def test_the_data_are_counted() -> None:
    data, pairs, held_out = data_words(DATA)
    assert data.startswith(
        "data: 1,200 pictures of 1 video with 5,000 boxes of people, from boxes; and new crowds composed"
    )
    assert "2000 per epoch, 4 per step; 1500 steps are 3 epochs" in pairs
    assert "first 100 steps are warm-up" in pairs
    assert "--val FOLDER" in held_out
    assert "corrected (7 pictures)" in data_words(replace(DATA, held_out={"corrected": 7}))[2]


def test_steps_say_rate_losses_in_plain_names_and_the_time_that_is_left() -> None:
    out = io.StringIO()
    losses = {"centre": 1.25, "ltrb": 0.5, "reid": 0.75, "reid_intra": 0.1, "total": 2.5}
    with TrainingProgress(Console(file=out, width=200)) as progress:
        progress.show(StepReport(RunProgress(step=1, minutes=1.0), 100, 0.01, 4e-6, {}))
        progress.show(StepReport(RunProgress(step=10, minutes=10.0), 100, 0.1, 4e-5, losses))
    (line,) = out.getvalue().splitlines()
    assert "step 10/100" in line and "10:00 done" in line and "1:30:00 left" in line and "learning rate 4e-05" in line
    assert "loss 2.5 (centres 1.25, box sides 0.5, appearance 0.75)" in line


def test_a_terminal_has_a_bar() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=160, _environ={"TERM": "xterm"})
    with TrainingProgress(console) as progress:
        progress.show(StepReport(RunProgress(step=1, minutes=1.0), 4, 0.25, 4e-6, {}))
        progress.show(StepReport(RunProgress(step=2, minutes=2.0), 4, 0.5, 4e-6, {"total": 1.5}))
    assert "━" in out.getvalue()
    assert "2:00 left" in out.getvalue()


def test_scores_are_shown_next_to_initial_ones() -> None:
    scores = SourceScores("corrected", loss=1.5, ap50=71.25, ap=40.0)
    before = {"corrected/ap50": 63.0, "corrected/ap": 35.0, "corrected/loss": 2.0}
    (line,) = validation_words(ValidationReport(RunProgress(step=20), 100, Validation((scores,)), before))
    assert line == "step 20/100  held out, corrected: loss 1.5 (start 2)  AP50 71.2 (start 63)  AP 40 (start 35)"
    (line,) = validation_words(ValidationReport(RunProgress(), 100, Validation((scores,)), {}))
    assert line == "before the first step  held out, corrected: loss 1.5  AP50 71.2  AP 40"


@pytest.mark.parametrize(
    ("verdict", "words", "exports"),
    [
        (Verdict(40, 100, 60.0, 70.0), "during warm-up, after 40 of 100 steps", False),
        (Verdict(500, 100, 60.0, 60.0), "no improvement on the held-out data: the best score is 60", False),
        (Verdict(500, 100, 60.0, 70.0), "from 60 to 70", True),
        (Verdict(500, 100, None, None), "was not measured: --val FOLDER", True),
        (Verdict(2, 0, None, None), "was not measured: --val FOLDER", True),
    ],
)
def test_the_end_says_what_came_of_it(verdict: Verdict, words: str, exports: bool) -> None:
    text = "\n".join(closing_lines(verdict, Path("runs/x/best.safetensors"), Path("runs/x")))
    assert words in text
    assert "weights: runs/x/best.safetensors" in text
    assert ("next: outrack export" in text) == exports


def test_the_verdict_is_read_from_the_log(tmp_path: Path) -> None:
    lines = [
        {"kind": "validation", "step": 0, "held/ap50": 50.0, "score": 50.0},
        {"kind": "train", "step": 10, "total": 1.0},
        {"kind": "validation", "step": 10, "held/ap50": 55.0, "score": 55.0},
        {"kind": "validation", "step": 20, "held/ap50": 53.0, "score": 53.0},
    ]
    (tmp_path / "log.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"kind": "tr')
    assert verdict_of(tmp_path, load_config("quick")) == Verdict(20, 20, 50.0, 55.0)
    assert start_scores(tmp_path) == {"held/ap50": 50.0}
    assert start_scores(tmp_path / "nowhere") == {}
