"""`outrack track` with typical command lines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import av
import pytest
from cyclopts import Token
from PIL import Image

from outrack.cli.options import image_size, join_image_size
from outrack.cli.summary import summary_facts, terms_of
from outrack.detectors import ModelInfo
from outrack.video.summary import TrackSummary


def test_a_video_with_detections_becomes_files_and_a_summary(run, clip: Path, det: Path) -> None:
    outcome = run("track", clip, "--detections", det, "-o", "a.mp4", "-o", "a.txt", "-o", "a.jsonl", "-o", "a.csv")
    assert outcome.code == 0, outcome.err
    with av.open("a.mp4") as container:
        assert sum(1 for _ in container.decode(video=0)) == 12
    assert len(Path("a.txt").read_text().splitlines()) >= 20
    for word in ("street", "12", "people", "2", "frames per second", "decoding", "a.mp4", "a.jsonl"):
        assert word in outcome.out
    assert "12/12 frames" in outcome.err
    assert "\x1b" not in outcome.err  # plain lines, for this is no terminal


def test_a_folder_output_is_named_after_the_source(run, clip: Path, det: Path) -> None:
    assert run("track", clip, "--detections", det, "-o", "boxes/").code == 0
    assert Path("boxes/street.txt").is_file()


def test_with_detections_and_no_output_the_txt_is_written(run, clip: Path, det: Path) -> None:
    assert run("track", clip, "--detections", det).code == 0
    assert [path.name for path in Path().iterdir()] == ["street.tracked.txt"]


def test_a_sequence_without_pictures_has_the_length_of_its_seqinfo(run, tmp_path: Path, det: Path) -> None:
    folder = tmp_path / "SEQ"
    folder.mkdir()
    (folder / "seqinfo.ini").write_text(
        "[Sequence]\nname=SEQ\nimDir=img1\nframeRate=10\nseqLength=20\nimWidth=96\nimHeight=64\nimExt=.jpg\n"
    )
    outcome = run("track", folder, "--detections", det, "-o", "a.txt")
    assert outcome.code == 0
    assert "20/20 frames" in outcome.err


def test_a_folder_without_seqinfo_is_as_long_as_the_last_detection(run, tmp_path: Path, det: Path) -> None:
    folder = tmp_path / "SEQ"
    folder.mkdir()
    outcome = run("track", folder, "--detections", det, "-o", "a.txt")
    assert outcome.code == 0
    assert "12/12 frames" in outcome.err


def test_detections_of_a_longer_video_are_noticed(run, clip: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.txt"
    longer.write_text("1,-1,5,5,10,30,0.9\n40,-1,5,5,10,30,0.9\n")
    outcome = run("track", clip, "--detections", longer, "-o", "a.txt")
    assert outcome.code == 0
    assert "warning:" in outcome.err
    assert "frame 40" in outcome.err
    assert "12 frames" in outcome.err


def test_corners_given_as_sizes_are_noticed(run, clip: Path, det: Path, tmp_path: Path) -> None:
    corners = tmp_path / "corners.txt"
    corners.write_text("".join(f"{frame},-1,{x},20,{x + 16},60,0.9\n" for frame in range(1, 13) for x in (5, 50)))
    warning = "corners.txt: a quarter of the boxes end outside the picture (96x64)"
    assert warning in run("track", clip, "--detections", corners, "-o", "a.txt").err
    assert "outside of the picture" not in run("track", clip, "--detections", det, "-o", "b.txt").err


def test_stride_and_max_frames(run, clip: Path, det: Path) -> None:
    assert run("track", clip, "--detections", det, "-o", "a.txt", "--stride", "3", "--max-frames", "2").code == 0
    frames = {int(line.split(",")[0]) for line in Path("a.txt").read_text().splitlines()}
    assert frames <= {1, 4}


def test_quiet_says_nothing(run, clip: Path, det: Path) -> None:
    assert run("track", clip, "--detections", det, "-q") == (0, "", "")


def test_tracker_options_reach_the_tracker(run, clip: Path, tmp_path: Path) -> None:
    gap = tmp_path / "gap.txt"
    gap.write_text("".join(f"{frame},-1,5,10,16,40,0.9\n" for frame in (1, 2, 3, 10, 11, 12)))
    people = []
    for max_lost_s in ("5", "0.2"):
        words = ("--detections", gap, "-o", "a.txt", "--online", "--overwrite")
        run("track", clip, *words, "--tracker.max-lost-s", max_lost_s)
        people.append(len({line.split(",")[1] for line in Path("a.txt").read_text().splitlines()}))
    assert people == [1, 2]


def test_a_setting_of_a_group_reaches_the_tracker(run, clip: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.txt"
    late.write_text("".join(f"{frame},-1,5,10,16,40,0.9\n" for frame in (3, 4, 5)))
    Path("run.yaml").write_text("tracker: {starts: {shown: at-once}}\n")
    first = []
    for words in ([], ["--tracker.starts.shown", "at-once"], ["--config", "run.yaml"]):
        assert run("track", clip, "--detections", late, "-o", "a.txt", "--overwrite", *words).code == 0
        first.append(int(Path("a.txt").read_text().split(",")[0]))
    assert first == [4, 3, 3]


def test_a_preset_is_chosen_on_the_command_line_or_in_a_file(run, clip: Path, tmp_path: Path) -> None:
    gap = tmp_path / "gap.txt"
    gap.write_text("".join(f"{frame},-1,5,10,16,40,0.9\n" for frame in (1, 2, 3, 5, 6)))
    Path("run.yaml").write_text("tracker: {preset: fairmot}\n")
    last = []
    for words in (
        [],
        ["--tracker.preset", "default"],
        ["--tracker.preset", "fairmot"],  # which takes a lost track up again by its appearance alone
        ["--config", "run.yaml"],
        ["--config", "run.yaml", "--tracker.overlap.finds-lost"],
    ):
        assert run("track", clip, "--detections", gap, "-o", "a.txt", "--overwrite", *words).code == 0
        last.append(int(Path("a.txt").read_text().splitlines()[-1].split(",")[0]))
    assert last == [6, 6, 3, 3, 6]


def test_a_tracker_by_displacements_needs_them(run, clip: Path, det: Path) -> None:
    outcome = run("track", clip, "--detections", det, "-o", "a.txt", "--tracker.preset", "centertrack")
    assert outcome.code == 1
    assert "needs a detector that predicts displacements" in outcome.err
    assert not Path("a.txt").exists()


def test_a_config_file_gives_options_and_the_command_line_wins(run, clip: Path, det: Path) -> None:
    Path("run.yaml").write_text(f"detections: {det}\nmax-frames: 5\noutput: [a.txt]\ntracker:\n  max-lost-s: 2.5\n")
    assert "5/5 frames" in run("track", clip, "--config", "run.yaml").err
    assert "7/7 frames" in run("track", clip, "--config", "run.yaml", "--max-frames", "7", "--overwrite").err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max-framse: 5", "--max-frames"),
        ("tracker: {max-lost: 5}", "--tracker.max-lost-s"),
        ("stride: many", "many"),
        ("- stride", "expected options"),
        ("stride: [1", "not valid YAML"),
        ("tracker: {max-lost-s: -1}", "max_lost_s"),
    ],
)
def test_a_wrong_config_file_is_a_usage_error(run, clip: Path, text: str, expected: str) -> None:
    Path("run.yaml").write_text(text)
    outcome = run("track", clip, "--config", "run.yaml")
    assert outcome.code == 2
    assert expected in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["track"], "SOURCE is missing. `outrack track --help`"),
        (["trak"], 'Did you mean "track"?'),
        (["track", "-"], "a video cannot be read from standard input (-)"),
        (["track", "a.mp4", "--overwrit"], "--overwrite"),
        (["track", "a.mp4", "--stride", "x"], "--stride"),
        (["track", "a.mp4", "--stride", "0"], "--stride"),
        (["track", "a.mp4", "--conf", "1.5"], "--conf"),
        (["track", "a.mp4", "--imgsz", "wide"], "768x576"),
        (["track", "a.mp4", "--config", "nix.yaml"], "nix.yaml"),
        (["track", "a.mp4", "-o", "a.avi"], ".mp4, .mkv, .webm, .txt, .jsonl, .csv"),
        (["track", "a.mp4", "--detections", "det.txt", "--weights", "w.onnx"], "--detections"),
        (["track", "a.mp4", "--tracker.max-lost-s", "-1"], "max_lost_s"),
        (["track", "a.mp4", "--tracker.preset", "sort"], "fairmot"),
        (["track", "a.mp4", "--tracker.overlap.margin", "-1"], "OverlapSettings.margin must be 0 or more"),
        (["track", "a.mp4", "--tracker.overlap.margn", "1"], "--tracker.overlap.margin"),
        (["track", "a.mp4", "--detections", "det.txt", "--show-occlusion"], "omit --show-occlusion"),
        (["track", "a.mp4", "--detections", "det.txt", "--classes", "car"], "omit --classes"),
        (["export", "coco", "-o", "a.onnx", "--conf", "3"], "--conf"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(run, words: list[str], expected: str) -> None:
    outcome = run(*words)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert expected in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


@pytest.mark.parametrize("words", [["track", "--help"], ["track", "street.mp4", "-h"]])
def test_help_fits_on_one_screen_and_names_options_that_exist(run, words: list[str]) -> None:
    outcome = run(*words)
    assert outcome.code == 0 and outcome.err == ""
    lines = outcome.out.splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 80
    options = set(re.findall(r"--[a-z-]+", outcome.out)) - {"--help-all"}
    assert len(options) > 10
    known = set(re.findall(r"--[a-z-]+", run("track", "--help-all").out))
    assert options <= known


def test_the_whole_help_names_every_option_of_the_tracker(run) -> None:
    outcome = run("track", "--help-all")
    assert outcome.code == 0
    for option in ("--output", "--imgsz", "--camera-motion", "--tracker.max-lost-s", "outrack track street.mp4"):
        assert option in outcome.out


def test_the_version_and_the_verbs(run) -> None:
    from outrack import __version__

    assert run("--version").out.strip() == __version__
    outcome = run()
    assert outcome.code == 0
    assert "track" in outcome.out
    assert "info" in outcome.out


def test_the_bundled_network_finds_people_in_the_sample_clip(run) -> None:
    sample = Path(__file__).parents[2] / "samples" / "crossing.mp4"
    outcome = run(
        "track", sample, "-o", "a.mp4", "-o", "a.txt", "--max-frames", "12", "--show-trails", "--imgsz", "576"
    )
    assert outcome.code == 0, outcome.err
    frames = [line.split(",")[0] for line in Path("a.txt").read_text().splitlines()]
    assert frames.count("12") >= 2
    assert "network" in outcome.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--imgsz", "768", "576", "a.mp4"], ["--imgsz", "768x576", "a.mp4"]),
        (["a.mp4", "--imgsz", "768", "576"], ["a.mp4", "--imgsz", "768x576"]),
        (["--imgsz=768", "576"], ["--imgsz=768x576"]),
        (["--imgsz", "640", "0", "a b.mp4"], ["--imgsz", "640", "0", "a b.mp4"]),
        (["--imgsz", "640", "99_people.mp4"], ["--imgsz", "640", "99_people.mp4"]),
        ([], []),
    ],
)
def test_an_image_size_may_be_two_words(words: list[str], expected: list[str]) -> None:
    assert join_image_size(words) == expected


def test_an_image_size_is_one_side_or_two() -> None:
    assert image_size(int, [Token(value="640")]) == 640
    assert image_size(int, [Token(value="768x576")]) == (768, 576)
    assert image_size(int, [Token(value="768"), Token(value="576")]) == (768, 576)
    with pytest.raises(ValueError, match="long side"):
        image_size(int, [Token(value="768x")])


def test_sequences_with_one_name_in_seqinfo_are_called_after_their_folders(run, tmp_path: Path, det: Path):
    for camera in ("cam-A", "cam-B"):
        folder = tmp_path / "data" / camera
        (folder / "det").mkdir(parents=True)
        (folder / "gt").mkdir()
        (folder / "seqinfo.ini").write_text("[Sequence]\nname=MySeq\nseqLength=12\n")
        (folder / "det" / "det.txt").write_text(det.read_text())
        (folder / "gt" / "gt.txt").write_text("1,1,6,10,16,40,1,1,1\n")
    where = "data/{name}/det/det.txt"
    assert run("track", "data/cam-A", "data/cam-B", "--detections", where, "-o", "res/").code == 0
    assert sorted(path.name for path in (tmp_path / "res").iterdir()) == ["cam-A.txt", "cam-B.txt"]
    scores = run("eval", "--gt", "data", "--results", "res")
    assert scores.code == 0, scores.err
    assert "cam-A" in scores.out and "cam-B" in scores.out


def test_the_summary_names_the_terms_of_the_weights(run, clip: Path, det: Path) -> None:
    outcome = run("track", clip, "-o", "a.txt", "--max-frames", "2")
    (line,) = [line for line in outcome.out.splitlines() if line.strip().startswith("weights")]
    assert "mobile-outrack: Weights for research use" in line
    assert "weights" not in run("track", clip, "--detections", det, "-o", "b.txt").out


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("MIT", "MIT"),
        ("for research; of the start: MIT", "for research (more: `outrack info`)"),
        ("unknown; of the start: for research; of the start: MIT", "of the start: for research (more: `outrack info`)"),
        ("unknown; of the start: unknown", "unknown (more: `outrack info`)"),
    ],
)
def test_fine_tuned_weights_inherit_the_terms_of_their_initial_weights(licence: str, said: str) -> None:
    assert terms_of(ModelInfo(name="street", size=(640, 384), licence=licence)) == f"street: {said}"


def test_frames_times_and_ids_do_not_depend_on_the_outputs(run, det: Path) -> None:
    Path("shots").mkdir()
    for number in range(10):
        Image.new("RGB", (96, 64), (9 * number,) * 3).save(f"shots/{number}.jpg")
    Path("shots/5.jpg").write_bytes(b"broken")
    Path("few.txt").write_text("".join(det.read_text().splitlines(keepends=True)[:16]))
    words = ("--detections", "few.txt", "--image-rate", "5", "--tracker.max-lost-s", "0.3")
    assert run("track", "shots", *words, "-o", "a.jsonl").code == 0
    assert run("track", "shots", *words, "-o", "b.jsonl", "-o", "b.mp4", "--save-crops", "crops").code == 0
    lines = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    assert [line["timestamp_s"] for line in lines] == pytest.approx([number / 5 for number in range(10)])
    assert Path("a.jsonl").read_text() == Path("b.jsonl").read_text()
    with av.open("b.mp4") as container:
        assert sum(1 for _ in container.decode(video=0)) == 10


def test_an_assumed_rate_is_reported(run, det: Path) -> None:
    Path("shots").mkdir()
    for number in range(3):
        Image.new("RGB", (96, 64)).save(f"shots/{number}.png")
    for outputs in (("-o", "a.csv"), ("-o", "b.mp4")):
        assert "assuming 25 frames per second" in run("track", "shots", "--detections", det, *outputs).err
    assert "assuming" not in run("track", "shots", "--detections", det, "--image-rate", "25", "-o", "c.csv").err


def test_dropped_frames_and_interruptions_are_in_the_summary() -> None:
    summary = TrackSummary("cam", 7, 1, 0.5, 1.0, {}, (), interrupted=True, num_dropped=3)
    facts = dict(summary_facts(summary))
    assert facts["frames"] == "7, 3 more dropped, which arrived faster than they were tracked, interrupted"


def test_short_lives_are_in_the_summary() -> None:
    summary = TrackSummary("cam", 7, 5, 0.5, 1.0, {}, (), interrupted=False, num_short=3, num_left_out=2)
    assert dict(summary_facts(summary))["people"] == "5, 3 of them shorter than a second, 2 omitted by --min-length"


@pytest.mark.parametrize(("words", "size"), [((), "608x416"), (("--imgsz", "128"), "128x96")])
def test_the_size_at_which_the_network_ran_is_reported(run, clip: Path, words: tuple[str, ...], size: str) -> None:
    outcome = run("track", clip, *words, "-o", "a.txt", "--summary", "a.summary.json")
    assert outcome.code == 0, outcome.err
    (line,) = [line.split(None, 1)[1] for line in outcome.out.splitlines() if line.split()[:1] == ["input"]]
    told = json.loads(Path("a.summary.json").read_text())["network"]["size"]
    assert line.strip() == f"{size} pixels"
    assert told.replace(" ", "") == size
