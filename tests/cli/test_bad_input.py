"""Bad input: one clear line, the right exit code, and no loss of written output."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack import open_source, track
from outrack.detectors import PrecomputedDetections, default_weights


def missing(folder: Path) -> str:
    return str(folder / "nothing.mp4")


def empty(folder: Path) -> str:
    (folder / "empty.mp4").touch()
    return str(folder / "empty.mp4")


def no_video(folder: Path) -> str:
    (folder / "text.mp4").write_text("this is not a video\n" * 50)
    return str(folder / "text.mp4")


def folder_without_pictures(folder: Path) -> str:
    (folder / "pictures").mkdir()
    (folder / "pictures" / "notes.txt").touch()
    return str(folder / "pictures")


def pattern_without_files(folder: Path) -> str:
    return str(folder / "*.jpg")


def no_camera(folder: Path) -> str:
    return "97"


def dead_stream(folder: Path) -> str:
    return "rtsp://user:secret@127.0.0.1:9/live"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (missing, "no such file"),
        (empty, "empty"),
        (no_video, "not a readable video"),
        (folder_without_pictures, "no pictures"),
        (pattern_without_files, "no file matches"),
        (no_camera, "camera 97"),
        (dead_stream, "127.0.0.1"),
    ],
)
def test_a_source_that_cannot_be_opened(
    run, tmp_path: Path, det: Path, source: Callable[[Path], str], expected: str
) -> None:
    outcome = run("track", source(tmp_path), "--detections", det, "-o", "a.mp4")
    assert_one_error(outcome, expected)
    assert "secret" not in outcome.err
    assert not Path("a.mp4").exists()


def test_inputs_are_never_replaced(run, clip: Path, det: Path) -> None:
    video, boxes, net = Path("street.mp4"), Path("det.txt"), Path("net.onnx")
    video.write_bytes(clip.read_bytes())
    boxes.write_text(det.read_text())
    net.write_bytes(default_weights().read_bytes())
    Path("same.mp4").symlink_to(video)
    motion, names = Path("motion.txt"), Path("sources.txt")
    motion.write_text("1,1,0,0,0,1,0\n")
    names.write_text("street.mp4\n")
    inputs = (video, boxes, net, motion, names)
    before = [path.read_bytes() for path in inputs]
    for words in (
        ("track", video, "--detections", boxes, "-o", "same.mp4", "--overwrite"),
        ("track", video, "--detections", boxes, "-o", boxes, "--overwrite"),
        ("track", video, "--detections", boxes, "--camera-motion", motion, "-o", motion, "--overwrite"),
        ("track", names, "--detections", boxes, "-o", names, "--overwrite"),
        ("export", net, "-o", net, "--overwrite"),
    ):
        assert_one_error(run(*words), "this file is also an input; writing it would destroy it")
    with pytest.raises(ValueError, match="this file is also an input"):
        track(video, video, detector=PrecomputedDetections(boxes), overwrite=True)
    with pytest.raises(ValueError, match="this file is also an input"):
        track(video, boxes, detector=PrecomputedDetections(boxes), overwrite=True)
    assert [path.read_bytes() for path in inputs] == before


def test_a_summary_is_a_separate_output(run, clip: Path, det: Path) -> None:
    outcome = run("track", clip, "--detections", det, "-o", "a.json", "--summary", "./a.json")
    assert (outcome.code, outcome.err.strip()) == (2, "error: a.json: the same output is given twice")
    assert not Path("a.json").exists()


def test_an_empty_source_is_not_the_working_directory(run, clip: Path, det: Path) -> None:
    Path("street.mp4").write_bytes(clip.read_bytes())
    outcome = run("track", "", "--detections", det, "-o", "a.txt")
    assert (outcome.code, Path("a.txt").exists()) == (2, False)
    assert "the word after track is empty. Is a shell variable unset?" in outcome.err
    assert "a source is empty" in run("track", " ", "--detections", det, "-o", "a.txt").err
    with pytest.raises(ValueError, match="the source is empty"):
        open_source("")


def test_a_pipe_and_a_file_with_the_wrong_ending_are_named(run, clip: Path, det: Path) -> None:
    os.mkfifo("pipe.mp4")
    assert_one_error(run("track", "pipe.mp4", "--detections", det), "pipe.mp4: expected a video file, got a device")
    Path("street.jpg").write_bytes(clip.read_bytes())
    assert_one_error(run("track", "street.jpg", "--detections", det), "street.jpg: not a readable picture")


def test_outputs_that_nothing_can_be_written_to_are_refused_before_work(run, clip: Path, det: Path) -> None:
    Path("file").touch()
    words = ("track", clip, "--detections", det)
    assert_one_error(run(*words, "-o", "a.txt", "--save-crops", "file"), "file/1: cannot be written")
    assert not Path("a.txt").exists()
    assert "the word after -o is empty. Is a shell variable unset?" in run(*words, "-o", "").err
    assert "--output is empty" in run(*words, "-o", " ").err
    assert not Path("street.txt").exists()


def test_no_pictures_and_no_detections(run) -> None:
    Path("nothing").mkdir()
    Path("none.txt").touch()
    outcome = run("track", "nothing", "--detections", "none.txt", "-o", "a.txt")
    assert_one_error(outcome, "it has neither pictures nor detections")


def test_missing_arguments_are_named_as_typed(run, clip: Path) -> None:
    assert "--output is missing. `outrack figure heatmap --help`" in run("figure", "heatmap", clip).err
    assert "CHECKPOINT is missing. `outrack export --help`" in run("export").err
    assert "`outrack figure --help`" in run("figure", "pie").err


def test_standard_output_may_be_closed(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert run("info").err == ""


def test_pictures_that_a_shell_listed(run) -> None:
    save_pictures(3)
    outcome = run("track", *sorted(Path("pictures").iterdir()), "-o", "out/")
    assert outcome.code == 2
    assert "3 pictures, each of which would be a separate video" in outcome.err
    assert "'pictures/*.png'" in outcome.err
    assert "each of which" not in run("track", "pictures/*0.png", "pictures/*1.png", "-o", "{name}.txt").err
    assert "each of which" not in run("track", "http://127.0.0.1:9/a.jpg", "http://127.0.0.1:9/b.jpg", "-o", "b/").err


def test_no_box_reaches_the_score_from_which_tracks_start(run, clip: Path, det: Path) -> None:
    outcome = run("track", clip, "--detections", det, "--conf", "0.95", "-o", "a.txt")
    assert outcome.code == 0
    assert "no tracks: the best box has a score of 0.9" in outcome.err
    Path("late.txt").write_text("9999,-1,10,20,30,40,0.9\n")
    outcome = run("track", clip, "--detections", "late.txt", "-o", "b.txt")
    assert "no tracks: no box in these frames of late.txt has a score of 0.1 or more" in outcome.err


@pytest.mark.parametrize("size", ["100000", "640x9000", "64"])
def test_sizes_that_no_network_can_see(run, clip: Path, size: str) -> None:
    outcome = run("track", clip, "--imgsz", size, "-o", "a.txt")
    assert (outcome.code, "expected 96 to 8192 pixels" in outcome.err) == (2, True)


def test_files_with_wrong_names_are_refused_like_other_options(run, clip: Path, det: Path) -> None:
    for option, name, ending in (("--summary", "out.txt", ".json"), ("--state", "out.json", ".npz")):
        outcome = run("track", clip, "--detections", det, "-o", "a.txt", option, name)
        assert (outcome.code, f"{option} {name}: expected a file that ends in {ending}" in outcome.err) == (2, True)
    assert not Path("a.txt").exists()


def test_a_folder_with_pictures_and_videos(run, clip: Path, det: Path) -> None:
    save_pictures(3)
    folder = Path("pictures")
    (folder / "street.mp4").write_bytes(clip.read_bytes())
    outcome = run("track", folder, "--detections", det, "-o", "a.txt")
    assert outcome.code == 0
    expected = f"{folder}: its 3 pictures will be tracked as one video, and its 1 video will not; for those give"
    assert expected in outcome.err.replace("\n", " ")


def test_a_video_that_was_cut_short(run, clip: Path, det: Path) -> None:
    Path("cut.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert_one_error(run("track", "cut.mp4", "--detections", det, "-o", "a.txt"), "cut.mp4")


def test_a_change_of_picture_size_keeps_written_results(run, det: Path) -> None:
    save_pictures(6, odd=4)
    outcome = run("track", "pictures", "--detections", det, "-o", "a.mp4", "-o", "a.txt")
    assert outcome.code == 1
    assert "48x32" in outcome.err
    frames = {line.split(",")[0] for line in Path("a.txt").read_text().splitlines()}
    assert frames <= {"1", "2", "3", "4"}
    assert frames
    assert Path("a.mp4").stat().st_size > 0


def test_a_corrupt_picture_in_the_middle_is_named_and_its_boxes_are_tracked(run, det: Path) -> None:
    save_pictures(6)
    Path("pictures/0003.png").write_bytes(b"broken")
    outcome = run("track", "pictures", "--detections", det, "-o", "a.mp4", "-o", "a.txt")
    assert outcome.code == 0
    assert "warning:" in outcome.err
    assert "0003.png" in outcome.err
    frames = {int(line.split(",")[0]) for line in Path("a.txt").read_text().splitlines()}
    assert frames == {1, 2, 3, 4, 5, 6}
    assert run("track", "pictures", "--detections", det, "-o", "b.txt", "--image-rate", "25").code == 0
    assert Path("a.txt").read_text() == Path("b.txt").read_text(), "without the .mp4 it is the same"


def test_an_output_that_exists_is_refused(run, clip: Path, det: Path) -> None:
    Path("a.txt").write_text("mine\n")
    assert_one_error(run("track", clip, "--detections", det, "-o", "a.txt"), "--overwrite")
    assert Path("a.txt").read_text() == "mine\n"
    assert run("track", clip, "--detections", det, "-o", "a.txt", "--overwrite").code == 0
    assert Path("a.txt").read_text() != "mine\n"


def test_an_output_folder_that_cannot_be_made(run, clip: Path, det: Path) -> None:
    Path("out").touch()
    assert_one_error(run("track", clip, "--detections", det, "-o", "out/a.txt"), "out")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_keeps_the_other_output(run, clip: Path, det: Path) -> None:
    Path("full.txt").symlink_to("/dev/full")
    outcome = run("track", clip, "--detections", det, "-o", "a.mp4", "-o", "full.txt", "--overwrite")
    assert outcome.code == 1
    assert "full.txt" in outcome.err
    assert "No space left" in outcome.err
    assert Path("a.mp4").stat().st_size > 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("1,-1,5,5,10,30,0.9\n2,-1,5\n", "line 2"),
        ("1,-1,5,nan,10,30,0.9\n", "line 1"),
        ("frame id left top\n", "line 1"),
    ],
)
def test_detections_that_do_not_fit(run, clip: Path, lines: str, expected: str) -> None:
    Path("det.txt").write_text(lines)
    assert_one_error(run("track", clip, "--detections", "det.txt", "-o", "a.txt"), expected)


def test_detections_that_are_not_there(run, clip: Path) -> None:
    assert_one_error(run("track", clip, "--detections", "nix.txt", "-o", "a.txt"), "nix.txt")
    assert_one_error(run("track", clip, "--detections", ".", "-o", "a.txt"), "expected a file of detections")


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x07" + bytes(500)])
def test_weights_that_are_not_ours(run, clip: Path, content: bytes) -> None:
    Path("w.onnx").write_bytes(content)
    assert_one_error(run("track", clip, "--weights", "w.onnx", "-o", "a.txt"), "w.onnx")


def test_camera_motion_that_does_not_fit(run, clip: Path, det: Path) -> None:
    Path("motion.txt").write_text("0,1,0\n")
    outcome = run("track", clip, "--detections", det, "--camera-motion", "motion.txt", "-o", "a.txt")
    assert_one_error(outcome, "motion.txt, line 1")
    outcome = run("track", clip, "--detections", det, "--camera-motion", "on", "-o", "a.txt")
    assert_one_error(outcome, "expected auto, off or a file, and there is no file on")


def test_a_traceback_only_when_requested(run) -> None:
    assert "Traceback" not in run("track", "nix.mp4", "-o", "a.txt").err
    assert "Traceback" in run("track", "nix.mp4", "-o", "a.txt", "--verbose").err


def test_our_own_bugs_are_called_bugs(run, clip: Path, det: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **settings: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("outrack.jobs.track_job.track_to_files", broken)
    outcome = run("track", clip, "--detections", det, "-o", "a.txt")
    assert_one_error(outcome, "bug in outrack")


def assert_one_error(outcome, expected: str) -> None:
    lines = [line for line in outcome.err.splitlines() if line]
    assert outcome.code == 1
    assert lines[-1].startswith("error: ")
    assert expected in lines[-1]
    assert len([line for line in lines if line.startswith("error")]) == 1
    assert "Traceback" not in outcome.err


def save_pictures(count: int, *, odd: int | None = None) -> None:
    """PNG files 0000.png, 0001.png ...; number `odd` has half the size."""
    Path("pictures").mkdir()
    for index in range(count):
        size = (48, 32) if index == odd else (96, 64)
        Image.fromarray(np.full((size[1], size[0], 3), 80, np.uint8)).save(f"pictures/{index:04}.png")


def test_a_source_without_a_command_gets_a_suggestion(run, tmp_path: Path) -> None:
    (tmp_path / "street.mp4").write_bytes(b"")
    for source in ("street.mp4", "rtsp://10.0.0.7/live", "0"):
        outcome = run(source)
        assert outcome.code == 2
        assert f"`outrack track {source}` tracks it" in outcome.err
    assert "`outrack --help`" in run("trak").err


@pytest.mark.parametrize("number", ["2.5", "1e3", "three", "2,5"])
def test_a_number_that_is_not_whole_is_refused_instead_of_rounded(run, number: str) -> None:
    outcome = run("track", "a.mp4", "--max-frames", number)
    assert outcome.code == 2
    assert f"--max-frames: expected a whole number, got '{number}'" in outcome.err
    Path("settings.yaml").write_text(f"stride: {number}\n")
    assert "expected a whole number" in run("track", "a.mp4", "--config", "settings.yaml").err


def test_an_empty_word_is_refused_by_every_command(run) -> None:
    outcome = run("train", "--data", "", "-o", "run")
    assert outcome.code == 2
    assert "the word after --data is empty. Is a shell variable unset?" in outcome.err
    assert not Path("run").exists()


def test_a_video_is_not_a_camera_of_the_app(run) -> None:
    outcome = run("app", "street.mp4")
    assert outcome.code == 2
    assert "street.mp4: expected the number or address of a camera. Videos are dropped into the page" in outcome.err


def test_boxes_from_a_pipe_are_read_from_standard_input(run) -> None:
    os.mkfifo("boxes")
    assert_one_error(run("track", "a.mp4", "--detections", "boxes"), "boxes: expected a file; detections from a pipe")


def test_a_wrong_name_of_a_bundled_network_names_them(run, clip: Path) -> None:
    assert_one_error(
        run("track", clip, "--weights", "bundled"),
        "bundled: no such weights file; the bundled networks are called default and open",
    )
    assert "bundled networks" not in run("track", clip, "--weights", "mine.onnx").err


@pytest.mark.parametrize("words", [("--tracker", "3"), ("--tracker.overlap", "3"), ("--tracker.smoothing", "0.5")])
def test_a_group_of_settings_has_no_value(run, words: tuple[str, str]) -> None:
    outcome = run("track", "a.mp4", *words)
    assert outcome.code == 2
    assert f"{words[0]} {words[1]}: {words[0]} is a group of settings, such as {words[0]}." in outcome.err
    path, value = words
    steps = path.removeprefix("--").split(".")
    Path("settings.yaml").write_text(
        "".join(f"{'  ' * k}{step}:\n" for k, step in enumerate(steps))[:-1] + f" {value}\n"
    )
    assert "is a group of settings" in run("track", "a.mp4", "--config", "settings.yaml").err
