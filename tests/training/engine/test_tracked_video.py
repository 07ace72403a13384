"""Tracks of the network under training: tracked frames, counted people, and logged scores."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from outrack.datasets import LabelledImage, read_coco, write_coco_vid
from outrack.models import DenseMaps, DenseNetwork, Head
from outrack.training import Report, TrainingConfig, train
from outrack.training.config.training_config import ValidationConfig
from outrack.training.data.data_config import SourceConfig
from outrack.training.engine.report import ValidationReport
from outrack.training.engine.tracked_video import TrackedVideo, track_scores, videos_of
from tests.training.tiny import TinyTwoFrame, tiny_config, write_squares

SIZE = (128, 96)


class Oracle(DenseNetwork):
    """Knows the pictures that it will be shown; sees everyone in them except those in `blind`."""

    architecture = "oracle"

    def __init__(self, images: Sequence[LabelledImage], *, blind: Sequence[int] = ()) -> None:
        super().__init__([Head("centres", 1), Head("ltrb", 4)])
        self.unused = nn.Parameter(torch.zeros(1))
        self._known = {image.pixels.tobytes(): image for image in images}
        self._blind = blind

    def forward(self, images: Tensor) -> DenseMaps:
        (pixels,) = images.permute(0, 2, 3, 1).numpy()
        people = self._known[pixels.tobytes()].annotation
        height, width = (side // self.stride for side in pixels.shape[:2])
        centres, ltrb = torch.full((1, 1, height, width), -9.0), torch.zeros(1, 4, height, width)
        for box, identity in zip(people.xyxy / self.stride, people.ids, strict=True):
            x, y = int(box[[0, 2]].mean()), int(box[[1, 3]].mean())
            if identity not in self._blind:
                centres[0, 0, y, x] = 4.0
                ltrb[0, :, y, x] = torch.tensor([x - box[0], y - box[1], box[2] - x, box[3] - y])
        return DenseMaps(centres, ltrb)


def videos(folder: Path, *, limit: int = 16) -> tuple[TrackedVideo, ...]:
    return videos_of(SourceConfig(path=str(folder), track=True), Path(), size=SIZE, limit=limit, seed=1)


def everything(of: Sequence[TrackedVideo]) -> list[LabelledImage]:
    return [image for video in of for image in video.images]


def test_a_detector_that_sees_all_people_follows_all(squares: Path) -> None:
    found = videos(squares)
    assert [len(video.images) for video in found] == [8, 8]
    scores = track_scores(Oracle(everything(found)).eval(), found)
    assert (scores.mota, scores.idf1, scores.idsw) == (100, 100, 0)
    assert scores.hota > 80
    half_blind = track_scores(Oracle(everything(found), blind=[1, 4]).eval(), found)
    assert (half_blind.fn, half_blind.num_boxes) == (16, 48)
    blind = track_scores(Oracle(everything(found), blind=range(7)).eval(), found)
    assert (blind.mota, blind.hota) == (0, 0)


def test_a_two_frame_network_is_shown_the_frames_before(squares: Path) -> None:
    torch.manual_seed(0)
    heads = [Head("centres", 1), Head("ltrb", 4), Head("offset", 2), Head("displacement", 2)]
    scores = track_scores(TinyTwoFrame(heads).eval(), videos(squares))
    assert scores.num_boxes == 48


def test_frames_are_consecutive_and_shared_among_the_videos(squares: Path) -> None:
    found = videos(squares, limit=7)
    assert [[image.frame for image in video.images] for video in found] == [[0, 1, 2]] * 2
    assert {image.pixels.shape for image in everything(found)} == {(96, 128, 3)}


def test_ignored_people_are_neither_right_nor_wrong(squares: Path) -> None:
    (video, _) = videos(squares)
    network = Oracle(video.images).eval()
    unknown = [replace(image, annotation=_without_identity(image, 2)) for image in video.images]
    ignored = [
        replace(image, annotation=replace(image.annotation, ignore=image.annotation.ids == 2)) for image in video.images
    ]
    for images in (unknown, ignored):
        scores = track_scores(network, [TrackedVideo(tuple(images))])
        assert (scores.num_boxes, scores.fp, scores.mota) == (16, 0, 100)


def _without_identity(image: LabelledImage, identity: int):
    return replace(image.annotation, ids=np.where(image.annotation.ids == identity, -1, image.annotation.ids))


def test_composed_crowds_make_one_video() -> None:
    drawn = SourceConfig(drawn_people=60, people=(2, 4), difficulty=("easy",), track=True)
    (video,) = videos_of(drawn, Path(), size=SIZE, limit=5, seed=3)
    assert [image.frame for image in video.images] == [0, 1, 2, 3, 4]
    assert video.frame_rate == 15
    assert (video.truth().num_frames, set(video.truth().frames.tolist())) == (5, {1, 2, 3, 4, 5})


def tracking(config: TrainingConfig, source: SourceConfig) -> TrainingConfig:
    return replace(
        config,
        model=replace(config.model, width=SIZE[0], height=SIZE[1]),
        validation=ValidationConfig(sources=(replace(source, track=True),), every=3, images=8),
    )


def test_a_run_writes_the_scores_of_its_tracks_down(squares: Path, tmp_path: Path) -> None:
    config = tracking(tiny_config(squares), SourceConfig(path=str(squares)))
    reports: list[Report] = []
    train(config, tmp_path / "run", on_report=reports.append)
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    measured = [line for line in lines if line["kind"] == "validation"]
    assert [line["step"] for line in measured] == [0, 3, 6]  # before the first step, too
    names = {f"squares/{name}" for name in ("mota", "idf1", "hota", "idsw")}
    assert all(names <= line.keys() for line in measured)
    (last,) = [report for report in reports if isinstance(report, ValidationReport)][-1:]
    assert names <= last.validation.named().keys()
    assert names <= last.start.keys()


def test_tracks_corrected_by_hand_are_read_with_their_identities(tmp_path: Path) -> None:
    folder = tmp_path / "held-out"
    write_squares(folder / "pictures", scenes=1)
    for labels in folder.rglob("annotations.json"):
        labels.unlink()
    rows = [f"{frame},{person},{3 * frame + 8 * person},10,10,18,1" for frame in range(1, 9) for person in (1, 2)]
    (folder / "pictures.txt").write_text("\n".join(rows) + "\n")
    (video,) = videos(folder)
    assert video.truth().ids.tolist() == [1, 2] * 8
    assert len(video.images) == 8


def test_sources_that_cannot_be_tracked_are_refused_before_the_first_step(
    squares: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SourceConfig(path=str(squares))
    config = tracking(tiny_config(squares), source)
    images = read_coco(squares / "annotations.json")
    for folder, changed, lacking in (
        ("stills", [replace(image, video=None) for image in images], "is a still"),
        ("nameless", [replace(i, annotation=replace(i.annotation, ids=None)) for i in images], "without identities"),
    ):
        (tmp_path / folder).mkdir()
        write_coco_vid(tmp_path / folder / "annotations.json", changed)
        wrong = tracking(config, SourceConfig(path=str(tmp_path / folder)))
        with pytest.raises(ValueError, match=f"track needs frames of videos with identities, but .*{lacking}"):
            train(wrong, tmp_path / "run")
    with pytest.raises(ValueError, match="tracking needs an input of at least 96 pixels per side, got 96x64"):
        train(replace(config, model=replace(config.model, width=96, height=64)), tmp_path / "run")
    with pytest.raises(ValueError, match=r"`track` is only for validation\.sources"):
        replace(config.data, sources=(replace(source, track=True),))
    monkeypatch.setitem(sys.modules, "trackeval.metrics", None)
    line = r'tracking during validation .* needs TrackEval: pip install "outrack\[eval\]"'
    with pytest.raises(ImportError, match=line):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
