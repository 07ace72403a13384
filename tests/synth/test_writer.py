from __future__ import annotations

import configparser
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from outrack.boxes import iou
from outrack.io.ground_truth import read_ground_truth
from outrack.synth import (
    BENCHMARKS,
    ComposedVideo,
    CrowdSource,
    benchmark_videos,
    compose_still,
    crowd_source,
    imperfect_detections,
    write_sequence,
    write_stills,
    write_video,
)

SIZE = (128, 95)


@pytest.fixture(scope="module")
def source() -> CrowdSource:
    return crowd_source()


@pytest.fixture(scope="module")
def video(source: CrowdSource) -> ComposedVideo:
    return ComposedVideo(source, seed=4, size=SIZE, num_frames=4, num_people=5, name="made")


def test_a_sequence_reads_back_by_plain_parsing(video: ComposedVideo, tmp_path: Path) -> None:
    folder = write_sequence(video, tmp_path, detections_seed=1)
    info = configparser.ConfigParser()
    info.read(folder / "seqinfo.ini")
    assert dict(info["Sequence"])["seqlength"] == "4" and info["Sequence"]["imWidth"] == "128"
    rows = [line.split(",") for line in (folder / "gt" / "gt.txt").read_text().splitlines()]
    assert all(len(row) == 9 and row[6] == "1" and row[7] == "1" for row in rows)
    for image in video:
        mine = [row for row in rows if int(row[0]) == image.frame + 1]
        found = image.annotation
        assert found.ids is not None and found.visibility is not None
        assert [int(row[1]) for row in mine] == found.ids.tolist()
        x, y, w, h, seen = np.array([row[2:6] + row[8:] for row in mine], float).T
        assert np.array_equal(np.stack([x, y, x + w, y + h], 1), found.xyxy)
        assert seen == pytest.approx(found.visibility, abs=1e-5)
        stored = np.asarray(Image.open(folder / "img1" / f"{image.frame + 1:06d}.jpg"), np.float64)
        assert stored.shape == (95, 128, 3) and abs(stored - image.pixels).mean() < 12
    detections = np.loadtxt(folder / "det" / "det.txt", delimiter=",")
    assert (detections[:, 1] == -1).all() and set(detections[:, 0]) <= {1, 2, 3, 4}


def test_a_video_has_its_boxes_next_to_it(video: ComposedVideo, tmp_path: Path) -> None:
    path = write_video(video, tmp_path / "new")
    with av.open(str(path)) as container:
        shapes = [frame.to_ndarray(format="rgb24").shape for frame in container.decode(video=0)]
    assert shapes == [(96, 128, 3)] * 4  # an odd height gets one more row
    truth = read_ground_truth(path.with_suffix(".txt"), num_frames=4)
    assert len(truth.pedestrians) == sum(len(image.annotation) for image in video)


def test_stills_are_a_coco_json(source: CrowdSource, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stills = [compose_still(source, rng, size=SIZE, num_people=count) for count in (4, 0)]
    labels = write_stills(stills, tmp_path / "stills")
    coco = json.loads(labels.read_text())
    assert [image["file_name"] for image in coco["images"]] == ["images/000001.jpg", "images/000002.jpg"]
    assert len(coco["annotations"]) == len(stills[0].annotation)
    assert {box["image_id"] for box in coco["annotations"]} == {coco["images"][0]["id"]}


def test_no_people_in_view_is_an_empty_ground_truth(source: CrowdSource, tmp_path: Path) -> None:
    empty = ComposedVideo(source, seed=0, size=SIZE, num_frames=2, num_people=0)
    folder = write_sequence(empty, tmp_path, detections_seed=None)
    assert (folder / "gt" / "gt.txt").read_text() == "" and not (folder / "det").exists()


def test_what_exists_is_not_replaced(video: ComposedVideo, tmp_path: Path) -> None:
    write_sequence(video, tmp_path)
    with pytest.raises(FileExistsError, match="made already exists"):
        write_sequence(video, tmp_path)
    with pytest.raises(FileExistsError, match="not an empty folder"):
        write_stills([], tmp_path)
    (tmp_path / "made.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"made\.txt already exists"):
        write_video(video, tmp_path)
    assert (tmp_path / "made.txt").read_text() == "mine"


def test_simulated_detections_find_visible_people_and_miss_hidden_ones(source: CrowdSource) -> None:
    rng = np.random.default_rng(5)
    hits, seen = [], []
    for _ in range(20):
        image = compose_still(source, rng, size=SIZE, num_people=10, difficulty="hard")
        found = imperfect_detections(image, rng)
        assert (np.diff(found.scores) <= 0).all()
        overlaps = iou(image.annotation.xyxy, found.xyxy)
        hits.append(overlaps.max(1, initial=0) > 0.7)
        seen.append(image.annotation.visibility)
    hit, visibility = np.concatenate(hits), np.concatenate(seen)
    assert hit[visibility > 0.8].mean() > 0.85
    assert hit[visibility < 0.1].mean() < 0.5  # boxes of others may lie there


def test_the_benchmark_sets_differ_and_repeat() -> None:
    first = benchmark_videos("drawn-val")
    assert [video.name for video in first] == [f"drawn-val-{k:02d}" for k in range(1, 5)]
    assert len(first) == BENCHMARKS["drawn-val"].num_videos
    assert first[1][7].pixels.tobytes() == benchmark_videos("drawn-val")[1][7].pixels.tobytes()
    assert len({found.first_seed for found in BENCHMARKS.values()}) == len(BENCHMARKS)


def test_unknown_sets_and_wrong_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown benchmark 'mot17'; expected one of drawn-train"):
        benchmark_videos("mot17")
    with pytest.raises(ValueError, match="cutouts-val needs a folder of cut-outs and one of backgrounds"):
        benchmark_videos("cutouts-val")
    with pytest.raises(ValueError, match="drawn-val needs no folders"):
        benchmark_videos("drawn-val", cutouts=tmp_path, backgrounds=tmp_path)


def test_a_shorter_benchmark_has_fewer_and_shorter_videos() -> None:
    videos = benchmark_videos("drawn-test", max_videos=2, max_frames=7)
    assert [(video.name, video.num_frames) for video in videos] == [("drawn-test-01", 7), ("drawn-test-02", 7)]
    assert len(benchmark_videos("drawn-val", max_videos=99, max_frames=9999)) == 4
