"""`outrack tune`: settings chosen on some sequences are scored on others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from outrack.cli import main
from outrack.detectors import PrecomputedDetections
from outrack.evaluation.scores import Scores
from outrack.structures import Detections, Frame
from outrack.tracking import TrackerConfig
from outrack.tuning import record
from outrack.tuning.search import folds_of, score, tune
from outrack.tuning.space import RANGES, changed, defaults, with_parameters

LENGTH = 44
Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(name)` leaves a sequence without pictures: two people walk; a false box of score 0.45 stands beside them in
    every frame, which the default takes for a person."""

    def write(name: str, length: int = LENGTH) -> Path:
        folder = tmp_path / name
        (folder / "gt").mkdir(parents=True)
        (folder / "det").mkdir()
        (folder / "seqinfo.ini").write_text(
            f"[Sequence]\nframeRate=10\nseqLength={length}\nimWidth=640\nimHeight=480\n"
        )
        truth, found = [], []
        for frame in range(1, length + 1):
            for person, left in enumerate((20 + 5 * frame, 400 - 5 * frame), start=1):
                truth.append(f"{frame},{person},{left},{80 * person},40,120,1,1,1\n")
                found.append(f"{frame},-1,{left},{80 * person},40,120,0.9\n")
            found.append(f"{frame},-1,580,{300 + frame % 2},40,120,0.45\n")
        (folder / "gt" / "gt.txt").write_text("".join(truth))
        (folder / "det" / "det.txt").write_text("".join(found))
        return folder

    return write


def recorded(folder: Path):
    return record(folder, PrecomputedDetections(folder / "det" / "det.txt"))


def test_a_recording_is_scored_as_the_sequence_is_and_is_made_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trackeval")
    recording = recorded(make("a"))
    assert (len(recording), recording.frame_rate, recording.benchmark) == (LENGTH, 10, "plain")
    found = score([recording], TrackerConfig())
    assert found.fp > LENGTH / 2 and found.recall > 95
    strict = score([recording], TrackerConfig().starting_at(0.6))
    assert strict.fp == 0 and strict.mota > found.mota
    folder = make("b")
    detector = PrecomputedDetections(folder / "det" / "det.txt")
    first = record(folder, detector)
    monkeypatch.setattr(PrecomputedDetections, "__call__", lambda self, frame: pytest.fail("detected twice"))
    again = record(folder, detector)
    assert [d.xyxy.tolist() for d in again.detections] == [d.xyxy.tolist() for d in first.detections]


def test_a_video_of_the_name_stands_for_the_pictures(make: Make, tmp_path: Path) -> None:
    folder = make("a")

    def write(path: Path, length: int) -> None:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for index in range(length):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), index, np.uint8))))
            container.mux(stream.encode())

    class Sees:
        def __call__(self, frame: Frame) -> Detections:
            assert frame.pixels.shape == (48, 64, 3)
            return Detections([[1.0, 2, 20, 40]], [0.9])

        def reset(self) -> None: ...

    with pytest.raises(FileNotFoundError, match="img1"):
        record(folder, Sees())
    write(tmp_path / "a.mp4", LENGTH + 3)  # longer than what is labelled
    assert len(record(folder, Sees())) == LENGTH
    write(folder / "a.mp4", LENGTH - 1)  # the nearer one counts
    with pytest.raises(ValueError, match=r"a\.mp4: 43 frames, but .*seqinfo\.ini has seqLength=44"):
        record(folder, Sees())


def test_a_part_counts_its_frames_from_one(make: Make) -> None:
    part = recorded(make("a")).part(range(22, 44), "late")
    assert (part.name, len(part), part.truth.num_frames) == ("late", 22, 22)
    assert (part.truth.frames.min(), part.truth.frames.max()) == (1, 22)
    assert part.truth.xyxy[0].tolist() == [20 + 5 * 23, 80, 60 + 5 * 23, 200]


def test_every_sequence_is_left_out_once_and_a_single_one_is_cut_in_time(make: Make) -> None:
    three = [recorded(make(name)) for name in "abc"]
    folds = [([r.name for r in on], [r.name for r in out]) for on, out in folds_of(three, 5)]
    assert folds == [(["b", "c"], ["a"]), (["a", "c"], ["b"]), (["a", "b"], ["c"])]
    two = [([r.name for r in on], [r.name for r in out]) for on, out in folds_of(three, 2)]
    assert two == [(["b"], ["a", "c"]), (["a", "c"], ["b"])]
    halves = [(on[0].name, out[0].name) for on, out in folds_of(three[:1], 5)]
    assert halves == [("a (first half)", "a (second half)"), ("a (second half)", "a (first half)")]
    with pytest.raises(ValueError, match=r"one sequence of 30 frames is too short.*expected 40 frames, or several"):
        folds_of([recorded(make("short", 30))], 5)


def test_trials_map_to_settings() -> None:
    base = TrackerConfig()
    assert changed(with_parameters(base, defaults(base)), base) == {}
    values = defaults(base) | {"start_score": 0.6, "low_share": 0.5, "refind": "off"}
    config = with_parameters(base, values)
    assert (config.start_score, config.high_score, config.low_score, config.refind) == (0.6, 0.6, 0.3, "off")
    assert changed(config, base) == {"high_score": 0.6, "low_score": 0.3, "start_score": 0.6, "refind": "off"}
    assert all(each.low < each.high for each in RANGES)


def test_settings_without_held_out_gain_are_discarded(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna")
    recordings = [recorded(make(name)) for name in "ab"]
    from outrack.tuning import search

    def overfits(recordings, config: TrackerConfig) -> Scores:  # better on what it is chosen on, worse elsewhere
        alone = len(recordings) == 1 and recordings[0].name == "b"
        value = 50.0 if config == TrackerConfig() else 40.0 if alone else 60.0
        return Scores(value, *[0.0] * 8, *[0] * 9)

    monkeypatch.setattr(search, "score", overfits)
    monkeypatch.setattr(search, "folds_of", lambda recordings, most: [(recordings[:1], recordings[1:])])
    tuning = tune(recordings, TrackerConfig(), trials=2)
    assert not tuning.is_better and tuning.config == TrackerConfig()
    assert (tuning.folds[0].before.hota, tuning.folds[0].after.hota) == (50.0, 40.0)


def test_the_command_writes_what_track_takes(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("optuna")
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        make(name)
    words = ["tune", "a", "b", "--detections", "{name}/det/det.txt", "-o", "tracker.yaml", "--trials", "3"]
    assert main([*words, "--metric", "mota"]) == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert "held out: before -> after (HOTA, MOTA, IDF1)\na: " in shown and shown.splitlines()[-1] == "tracker.yaml"
    text = Path("tracker.yaml").read_text()
    assert "# Settings of outrack tune for a, b, 3 trials for mota, seed 0.\n" in text
    assert yaml.safe_load(text)["tracker"]["start-score"] > 0.45
    track = ["track", "a", "--detections", "a/det/det.txt", "-o", "a.txt", "--config", "tracker.yaml", "-q"]
    assert main(track) == 0, capsys.readouterr().err
    ids = np.loadtxt("a.txt", delimiter=",")[:, 1]
    assert set(ids) == {1, 2}  # the false box starts no track any more
    assert main([*words]) == 2 and "--overwrite replaces it" in capsys.readouterr().err


def test_bad_input_is_one_line(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make("a")
    make("b")
    cases = [
        (["a", "-o", "x.yaml"], 'pip install "outrack[tune]"'),
        (["a", "-o", "x.txt"], "expected a file that ends in .yaml, .yml"),
        (["a", "b", "--detections", "det.txt", "-o", "x.yaml"], "with several sequences, use {name}"),
        (["a", "--detections", "d.txt", "--imgsz", "640", "-o", "x.yaml"], "--detections replaces the network"),
    ]
    monkeypatch.setitem(sys.modules, "optuna", None)
    for words, message in cases:
        assert main(["tune", *words]) in (1, 2)
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    monkeypatch.undo()


def test_sequences_that_cannot_be_used_are_named(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("optuna")
    monkeypatch.chdir(tmp_path)
    make("a")
    (tmp_path / "empty").mkdir()
    for words, message in (
        (
            ["a", "empty", "--detections", "{name}.txt"],
            "empty/gt/gt.txt: no such file; expected a MOTChallenge",
        ),
        (["a", "a", "--detections", "{name}.txt"], "a: two sequences have this name"),
        (["a", "--detections", "nowhere.txt"], "nowhere.txt: no such detections file"),
    ):
        assert main(["tune", *words, "-o", "x.yaml"]) == 1
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert not Path("x.yaml").exists()
