"""`outrack track --parts`: one video in parts."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.video import open_source
from outrack.video.part import VideoPart, parts_of

LENGTH, RATE = 200, 10


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video with B-frames and a key frame every 24 frames, whose brightness tells the frame."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "bf": "2", "g": "24"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(LENGTH):
            picture = np.full((64, 96, 3), 20 + index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return path


def test_parts_cover_every_frame_of_the_whole_file(long_clip: Path) -> None:
    with open_source(str(long_clip)) as video:
        whole = {frame.index: float(frame.pixels.mean()) for frame in video}
    parts = parts_of(long_clip, 3, overlap_s=2.0)
    assert [part.own for part in parts] == [0, 67, 133]
    assert [(part.start, part.stop) for part in parts] == [(0, 67), (47, 133), (113, 200)]
    for part in parts:
        with VideoPart(long_clip, part) as video:
            seen = {frame.index: float(frame.pixels.mean()) for frame in video}
        assert seen == {index: whole[index] for index in range(part.start, part.stop)}
    assert len(parts_of(long_clip, 50, overlap_s=2.0)) == 5  # none is shorter than twice the overlap


def test_people_keep_their_identities_over_the_seams(run, long_clip: Path) -> None:
    """A third person is detected weakly at first, so that the track begins earlier than online."""
    lines = [f"{frame},-1,{x + 0.2 * frame},10,16,40,0.9,-1,-1,-1\n" for frame in range(1, LENGTH + 1) for x in (5, 50)]
    third = [f"{frame},-1,75,2,10,30,{0.9 if frame > 100 else 0.45},-1,-1,-1\n" for frame in range(98, LENGTH + 1)]
    lines += third
    Path("det.txt").write_text("".join(lines))
    words = ["track", long_clip, "--detections", "det.txt", "--tracker.max-lost-s", "1"]
    assert run(*words, "-o", "whole.txt", "-o", "whole.mp4").code == 0
    outcome = run(*words, "-o", "cut.txt", "-o", "cut.mp4", "--parts", "3")
    assert outcome.code == 0, outcome.err
    whole, cut = (np.loadtxt(name, delimiter=",") for name in ("whole.txt", "cut.txt"))
    assert np.array_equal(whole[:, :2], cut[:, :2])
    assert len(whole) == len(lines)
    assert np.abs(whole - cut).max() < 0.5  # each part's filter begins anew
    with open_source("cut.mp4") as video:
        assert sum(1 for _ in video) == LENGTH
    assert not [path for path in Path().iterdir() if "parts" in path.name]
    again = run(*words, "-o", "cut.txt", "--parts", "3")
    assert again.code == 1 and "cut.txt exists; --overwrite replaces it" in again.err


def test_gaps_of_a_cut_video_follow_the_camera(run, long_clip: Path) -> None:
    """Two people stand still, the camera jumps by eight pixels while both are missed."""
    missed, jump = range(60, 70), 65
    lines = [
        f"{frame},-1,{x + (8 if frame >= jump else 0)},10,16,40,0.9,-1,-1,-1\n"
        for frame in range(1, LENGTH + 1)
        if frame not in missed
        for x in (5, 50)
    ]
    Path("det.txt").write_text("".join(lines))
    Path("motion.txt").write_text(f"{jump},1,0,8,0,1,0\n")
    words = [
        "track",
        long_clip,
        "--detections",
        "det.txt",
        "--camera-motion",
        "motion.txt",
        "--tracker.max-lost-s",
        "1",
    ]
    assert run(*words, "-o", "whole.txt").code == 0
    outcome = run(*words, "-o", "cut.txt", "--parts", "3")
    assert outcome.code == 0, outcome.err
    whole, cut = (np.loadtxt(name, delimiter=",") for name in ("whole.txt", "cut.txt"))
    assert np.array_equal(whole[:, :2], cut[:, :2])
    assert np.abs(whole - cut).max() < 0.5
    in_gap = cut[np.isin(cut[:, 0], missed) & (cut[:, 1] == 1)]
    assert len(in_gap) == len(missed)
    assert np.ptp(in_gap[in_gap[:, 0] < jump - 3, 2]) < 1 < np.ptp(in_gap[:, 2])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rtsp://10.0.0.7/live"], "--parts needs a video file on this machine"),
        (["."], "--parts needs a video file on this machine"),
        (["CLIP", "--state", "s.npz"], "--parts cannot be combined with --state"),
        (["CLIP", "--detections", "-"], "--parts cannot read detections from standard input"),
    ],
)
def test_what_has_no_parts_is_refused(run, long_clip: Path, words: list[str], expected: str) -> None:
    given = [str(long_clip) if word == "CLIP" else word for word in words]
    outcome = run("track", *given, "--parts", "2")
    assert outcome.code == 2
    assert expected in outcome.err


def test_a_gap_of_a_minute_stays_one_in_every_part(tmp_path: Path) -> None:
    path = tmp_path / "gap.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index in range(100):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), index, np.uint8))
            frame.pts, frame.time_base = 100 * index + (60_000 if index >= 30 else 0), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    (part,) = parts_of(path, 1, overlap_s=1.0)
    with open_source(str(path)) as video, VideoPart(path, part) as same:
        times = [frame.timestamp_s for frame in video]
        assert [frame.timestamp_s for frame in same] == times
    assert max(np.diff(times)) > 59


def test_the_time_of_a_video_in_parts_is_that_of_its_parts(run, long_clip: Path) -> None:
    begun = time.monotonic()
    outcome = run("track", long_clip, "--parts", "2", "-o", "a.csv", "--summary", "a.summary.json")
    elapsed = time.monotonic() - begun
    assert outcome.code == 0, outcome.err
    record = json.loads(Path("a.summary.json").read_text())
    assert record["phase_s"]["network"] > 0.2 * sum(record["phase_s"].values())
    assert 0.5 * elapsed < record["elapsed_s"] < elapsed
