"""From a configuration to pairs: splits, filters, groups of people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.synth import ComposedVideo, crowd_source, write_sequence
from outrack.training.config.config_file import dump_config, parse_config
from outrack.training.config.training_config import ScheduleConfig, TrainingConfig
from outrack.training.data.data_config import DataConfig, SourceConfig
from outrack.training.data.pairs import generator
from outrack.training.data.sources import composed_pairs, images_of, mixture_of

DRAWN = SourceConfig(drawn_people=300, people=(3, 5), difficulty=("easy",))


def test_videos_are_held_out_as_a_whole_and_the_splits_make_up_everything(squares: Path) -> None:
    everything = images_of(SourceConfig(path=str(squares)), Path())
    assert len(everything) == 16
    parts = []
    for split in ("train", "val", "test"):
        try:
            parts.append(images_of(SourceConfig(path=str(squares), split=split), Path()))  # type: ignore[arg-type]
        except ValueError as error:
            assert "none of 16 images remains" in str(error)  # an empty split is an error
    assert sum(len(part) for part in parts) == 16
    assert all(len(part) % 8 == 0 for part in parts)


def test_only_and_without(squares: Path) -> None:
    only = images_of(SourceConfig(path="squares", only=("video1",)), squares.parent)
    without = images_of(SourceConfig(path="squares", without=("video1",)), squares.parent)
    assert {image.video for image in only} == {"video1"}
    assert {image.video for image in without} == {"video0"}


def test_crowds_of_different_casts_share_no_person() -> None:
    pairs = composed_pairs(DRAWN, Path(), size=(96, 64))
    assert len(pairs.crowds) == 3
    assert {crowd.cutouts.num_identities for crowd in pairs.crowds} == {100}
    first, second = pairs.crowds[0].cutouts, pairs.crowds[1].cutouts
    heights = [{part.body_height_m(identity) for identity in range(100)} for part in (first, second)]
    assert not heights[0] & heights[1]  # heights are drawn from a continuous range: equal ones are the same person
    with pytest.raises(IndexError, match="identity 100"):
        first.body_height_m(100)
    assert pairs.scene(0) == pairs.scene(3) != pairs.scene(1)


def test_a_composed_pair_shows_one_scene_and_depends_on_the_generator_alone() -> None:
    pairs = composed_pairs(DRAWN, Path(), size=(96, 64))
    current, previous = pairs.pair(1, generator(5, 0, 7))
    again, _ = pairs.pair(1, generator(5, 0, 7))
    assert current.scene == previous.scene == pairs.scene(1)
    assert current.pixels.shape == (64, 96, 3)
    np.testing.assert_array_equal(current.pixels, again.pixels)
    assert (pairs.pair(1, generator(5, 0, 8))[0].pixels != current.pixels).any()


def test_a_mixture_of_frames_and_crowds(squares: Path) -> None:
    sources = (SourceConfig(path=str(squares), share=1), SourceConfig(drawn_people=200, people=(2, 3), share=3))
    mixture, images = mixture_of(DataConfig(sources=sources, negative=0.5), size=(96, 64), seed=1)
    assert len(images) == 16
    scenes = [mixture.pair_at(draw) for draw in range(12)]
    assert any("composed" in pair.current.scene for pair in scenes)
    assert all(pair.current.scene != pair.previous.scene for pair in scenes if pair.negative)


def test_centertrack_learns_only_people_who_are_a_quarter_visible(tmp_path: Path) -> None:
    crowd = crowd_source(None, None, split="all")
    video = ComposedVideo(crowd, seed=2, size=(192, 128), num_frames=3, num_people=6, difficulty="hard", name="one")
    write_sequence(video, tmp_path)
    kept = [
        [image.annotation for image in images_of(SourceConfig(path=str(tmp_path), labels=labels), Path())]
        for labels in ("fairmot", "centertrack")
    ]
    for complete, visible in zip(*kept, strict=True):
        assert complete.visibility is not None
        assert 0 < len(visible) == (complete.visibility >= 0.25).sum()
    assert sum(map(len, kept[1])) < sum(map(len, kept[0]))


def test_frames_of_a_video_may_be_sought_in_it(tmp_path: Path) -> None:
    video = Path(__file__).parents[3] / "samples" / "crossing.mp4"
    (tmp_path / "crossing.mp4").symlink_to(video)
    (tmp_path / "crossing.txt").write_text("".join(f"{frame},1,5,5,40,90,0.9,-1,-1,-1\n" for frame in (1, 2, 3)))
    source = SourceConfig(path="crossing.txt", frame_access="sought")
    data = DataConfig(root=str(tmp_path), sources=(source,), negative=0)
    config = TrainingConfig(schedule=ScheduleConfig(steps=1), data=data)
    assert parse_config(dump_config(config)) == config  # as a resumed run reads it
    _, images = mixture_of(config.data, size=(64, 48), seed=0)
    assert [image.path.parent.name for image in images] == ["crossing.mp4"] * 3
    assert images[2].read().pixels.shape == (images[2].height, images[2].width, 3)
