"""MOTChallenge sequences as training images."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from outrack.datasets.mot import CENTERTRACK, LabelRule, MotSequence, find_sequences, read_sequence, read_sequences

LINES = [
    "1,1,10,10,20,30,1,1,1",
    "1,2,12,10,20,30,1,1,0.1",  # nearly hidden
    "1,3,40,5,10,20,0,8,1",  # distractor
    "1,4,1,1,5,5,0,3,1",  # car
    "3,1,-8,10,20,30,1,1,0.5",  # leaves the image
]
# Active pedestrian boxes and identities of the sequences at hand.
COUNTS = {"02": (18581, 62), "04": (47557, 83), "05": (6917, 133), "10": (12839, 57), "13": (11642, 110)}


def test_fairmot_keeps_hidden_people_and_ignores_nothing(make_sequence: Callable[..., Path]) -> None:
    images = read_sequence(make_sequence(LINES))
    assert [image.frame for image in images] == [0, 1, 2, 3]
    first = images[0].annotation
    assert first.ids is not None
    assert first.ids.tolist() == [1, 2]
    assert first.xyxy.tolist() == [[10, 10, 30, 40], [12, 10, 32, 40]]
    assert not first.ignore.any()
    assert first.class_ids.tolist() == [0, 0]
    assert len(images[1].annotation) == len(images[3].annotation) == 0
    assert {image.video for image in images} == {"MADE-01"}
    assert images[0].read().pixels.shape == (48, 64, 3)


def test_centertrack_drops_hidden_people_and_ignores_distractors(make_sequence: Callable[..., Path]) -> None:
    first = read_sequence(make_sequence(LINES), rule=CENTERTRACK)[0].annotation
    assert first.ids is not None
    assert first.ids.tolist() == [1, 3]
    assert first.ignore.tolist() == [False, True]


def test_only_frames_with_an_image_are_given(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES, images=[3])
    assert [image.frame for image in read_sequence(folder)] == [2]
    assert len(MotSequence.open(folder).ground_truth()) == 5


def test_the_folder_names_the_video_and_the_length_is_enough(
    make_sequence: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_sequence(LINES, name="cam-B", num_frames=600)
    (folder / "seqinfo.ini").write_text("[Sequence]\nname=cam-A\nseqLength=600\n")
    images = read_sequence(folder)
    assert {image.video for image in images} == {"cam-B"}
    assert (images[0].width, images[0].height) == (64, 48)
    assert "cam-B: 4 of the 600 frames in seqinfo.ini have a picture" in caplog.text


def test_boxes_are_clipped_on_demand(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES)
    assert read_sequence(folder)[2].annotation.xyxy.tolist() == [[-8, 10, 12, 40]]
    assert read_sequence(folder, clip_boxes=True)[2].annotation.xyxy.tolist() == [[0, 10, 12, 40]]


def test_halves_keep_the_frame_numbers_of_the_video(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES)
    assert [image.frame for image in read_sequence(folder, half="fairmot-val")] == [2, 3]
    assert [image.frame for image in read_sequence(folder, half="centertrack-val")] == [3]


def test_boxes_without_area_or_outside_are_dropped_with_one_warning(
    make_sequence: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_sequence(["1,1,10,10,0,30,1,1,1", "2,1,90,10,20,30,1,1,1", "2,2,10,10,20,30,1,1,1"])
    with caplog.at_level(logging.WARNING):
        images = read_sequence(folder)
    assert [len(image.annotation) for image in images] == [0, 1, 0, 0]
    assert len(caplog.records) == 1
    assert "dropped 1 box without area and 1 outside" in caplog.text


def test_an_image_beyond_the_length_is_refused(make_sequence: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match=r"000007\.jpg: beyond the 4 frames"):
        read_sequence(make_sequence(LINES, images=[1, 7]))


def test_a_missing_image_folder_is_named(make_sequence: Callable[..., Path]) -> None:
    folder = make_sequence(LINES, images=[])
    (folder / "img1").rmdir()
    with pytest.raises(FileNotFoundError, match=r"img1: no such folder"):
        read_sequence(folder)


def test_a_video_of_the_name_of_the_sequence_stands_for_its_pictures(
    make_sequence: Callable[..., Path], write_video: Callable[..., Path]
) -> None:
    folder = make_sequence(LINES, images=[])
    (folder / "img1").rmdir()
    write_video(folder / f"{folder.name}.mp4", 4)
    info = folder / "seqinfo.ini"
    info.write_text(info.read_text().replace("imWidth=64\nimHeight=48", "imWidth=96\nimHeight=64"))
    images = read_sequence(folder)
    assert [image.frame for image in images] == [0, 1, 2, 3]
    assert [round(float(image.read().pixels[:, 40:].mean()), -1) for image in images] == [0, 10, 20, 20]  # grey of 8 n
    (folder / f"{folder.name}.mp4").unlink()
    write_video(folder / f"{folder.name}.mp4", 3)
    with pytest.raises(ValueError, match="3 frames"):
        read_sequence(folder)


def test_one_of_the_three_copies_of_mot17_is_read(make_sequence: Callable[..., Path]) -> None:
    folders = [make_sequence(LINES, name=f"MOT17-02-{detector}") for detector in ("DPM", "FRCNN", "SDP")]
    alone = make_sequence(LINES, name="MADE-02")
    (make_sequence(LINES, name="TEST-01") / "gt" / "gt.txt").unlink()
    assert find_sequences(alone.parent) == [alone, folders[2]]
    assert len(read_sequences(find_sequences(alone.parent))) == 8


def test_a_rule_that_ignores_pedestrians_is_refused() -> None:
    with pytest.raises(ValueError, match="class 1, the pedestrians"):
        LabelRule(ignore_classes=(1,))


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_the_real_sequences(shared: Path, name: str) -> None:
    sequence = MotSequence.open(shared / "data" / "mot17" / f"MOT17-{name}-FRCNN")
    people = sequence.ground_truth().pedestrians
    assert (len(people), len(np.unique(people.ids))) == COUNTS[name]


def test_the_real_images_are_read_with_their_boxes(shared: Path) -> None:
    images = read_sequences(find_sequences(shared / "data" / "mot17"))
    assert len(images) == 28
    assert all(len(image.annotation) for image in images)
    assert images[0].read().pixels.shape == (1080, 1920, 3)
