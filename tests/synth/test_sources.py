from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack.synth import (
    ComposedVideo,
    DrawnCutouts,
    DrawnScenery,
    FolderCutouts,
    FolderScenery,
    compose_still,
    crowd_source,
)
from outrack.synth.cutouts import split_of
from outrack.synth.skeleton import Pose

HEIGHTS = (0.2, 0.6)


@pytest.fixture
def cutouts(tmp_path: Path) -> Path:
    """Twenty people of one colour each, half of them two in one picture."""
    folder = tmp_path / "people"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for k in range(10):
        Image.new("RGB", (150, 140), (20 * k, 100, 200)).save(folder / "images" / f"{k}.jpg", quality=95)
        mask = np.zeros((140, 150), np.uint8)
        mask[10:130, 25:45] = 1  # head and legs
        mask[50:90, 10:60] = 1  # arms
        mask[5:125, 95:110] = 2
        mask[40:80, 80:125] = 2
        Image.fromarray(mask).save(folder / "masks" / f"{k}.png")
    return folder


@pytest.fixture
def backgrounds(tmp_path: Path) -> Path:
    folder = tmp_path / "places"
    folder.mkdir()
    for k in range(10):
        Image.new("RGB", (320, 240), (10 * k, 50, 50)).save(folder / f"{k}.png")
    return folder


def test_a_drawn_person_keeps_its_clothes_and_changes_with_pose() -> None:
    people = DrawnCutouts("train")
    pose = Pose(0.2, math.pi / 2, 1.0)
    again = DrawnCutouts("train")
    assert people.figure(3, pose, 100).image.tobytes() == again.figure(3, pose, 100).image.tobytes()
    assert people.figure(3, pose, 100).image.tobytes() != people.figure(3, Pose(0.7, 0.0, 1.0), 100).image.tobytes()
    assert people.look(3) != people.look(4)
    assert people.look(3) != DrawnCutouts("test").look(3)


def test_a_drawn_figure_is_tight_and_large_enough() -> None:
    people = DrawnCutouts()
    for identity in range(10):
        figure = people.figure(identity, Pose(identity / 10, identity, 1.0), 90)
        alpha = np.asarray(figure.image.getchannel(3)) >= 128
        assert alpha[0].any() and alpha[-1].any() and alpha[:, 0].any() and alpha[:, -1].any()
        assert 0.8 * 90 <= figure.body_height < 1.7 * 90
        assert 0.85 < figure.image.height / figure.body_height < 1.1


def test_drawn_scenes_of_the_splits_differ_and_repeat() -> None:
    train, test = DrawnScenery("train"), DrawnScenery("test")
    first = train.scene(0, (128, 96), HEIGHTS)
    assert first.background.tobytes() == DrawnScenery("train").scene(0, (128, 96), HEIGHTS).background.tobytes()
    assert first.background.tobytes() != test.scene(0, (128, 96), HEIGHTS).background.tobytes()
    assert first.name != test.scene(0, (128, 96), HEIGHTS).name


def test_every_mask_value_is_a_person(cutouts: Path) -> None:
    people = FolderCutouts(cutouts)
    assert people.num_identities == 20
    figure = people.figure(0, Pose(), 512)
    assert figure.image.size == (48, 118)  # one pixel less on each side: no rim of the old background
    assert 1.4 < people.body_height_m(0) < 2.0


def test_a_cutout_turns_with_its_heading(cutouts: Path) -> None:
    Image.fromarray(np.tile(np.arange(150, dtype=np.uint8), (140, 1))).convert("RGB").save(cutouts / "images" / "0.jpg")
    people = FolderCutouts(cutouts)
    right, left = people.figure(0, Pose(heading=1.5), 100), people.figure(0, Pose(heading=-1.5), 100)
    rising = np.asarray(right.image.convert("RGBA").convert("L"))[60]
    falling = np.asarray(left.image.convert("RGBA").convert("L"))[60]
    assert rising[5] < rising[-5] and falling[5] > falling[-5]


def test_splits_by_file_share_nothing_and_cover_all(cutouts: Path, backgrounds: Path) -> None:
    stems = {str(k) for k in range(200)}
    parts = [{stem for stem in stems if split_of(stem) == split} for split in ("train", "val", "test")]
    assert set.union(*parts) == stems and sum(map(len, parts)) == 200
    assert len(parts[0]) > 110 and min(len(parts[1]), len(parts[2])) > 10
    split = split_of("0")
    assert FolderCutouts(cutouts, split).num_identities < 20
    assert FolderScenery(backgrounds, split).num_scenes < 10


def test_pictures_with_alpha_are_cutouts_too(tmp_path: Path) -> None:
    person = np.zeros((200, 100, 4), np.uint8)
    person[20:180, 40:70] = (200, 10, 10, 255)
    person[60:110, 30:80] = (200, 10, 10, 255)
    Image.fromarray(person).save(tmp_path / "one.png")
    Image.fromarray(person[:, :, :3]).save(tmp_path / "no_alpha.png")
    people = FolderCutouts(tmp_path)
    assert people.num_identities == 1
    assert people.figure(0, Pose(), 512).image.size == (50, 160)


def test_tiny_flat_and_broken_people_are_left_out(cutouts: Path) -> None:
    mask = np.zeros((140, 150), np.uint8)
    mask[10:50, 10:25] = 1  # tiny
    mask[10:110, 30:140] = 2  # as wide as tall
    mask[15:60, 2:9] = 3
    mask[70:135, 2:9] = 3  # too narrow, and cut in two
    for k in range(9):
        Image.fromarray(mask).save(cutouts / "masks" / f"{k}.png")
    assert FolderCutouts(cutouts).num_identities == 2


def test_coco_backgrounds_are_those_without_boxes(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("empty", "crowd"):
        Image.new("RGB", (64, 64)).save(tmp_path / "images" / f"{name}.jpg")
    images = [{"id": 1, "file_name": "empty.jpg"}, {"id": 2, "file_name": "crowd.jpg"}]
    (tmp_path / "annotations.json").write_text(json.dumps({"images": images, "annotations": [{"image_id": 2}]}))
    scenery = FolderScenery(tmp_path)
    assert scenery.num_scenes == 1 and scenery.scene(0, (64, 64), HEIGHTS).name == "empty"


def test_crowds_from_folders(cutouts: Path, backgrounds: Path) -> None:
    source = crowd_source(cutouts, backgrounds)
    frames = list(ComposedVideo(source, seed=0, size=(128, 96), num_frames=3, num_people=5))
    assert [len(frame.annotation) > 0 for frame in frames] == [True] * 3


def test_unusable_folders_are_refused(tmp_path: Path, cutouts: Path, backgrounds: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match="no such folder of cut-outs"):
        FolderCutouts(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"found 0 picture files.*no usable cut-out"):
        FolderCutouts(empty)
    with pytest.raises(FileNotFoundError, match="no such folder of backgrounds"):
        FolderScenery(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="ground_share: expected 0 to 1, got 2"):
        FolderScenery(backgrounds, ground_share=2)
    with pytest.raises(ValueError, match="found 0 pictures without people"):
        FolderScenery(empty)
    (backgrounds / "annotations.json").write_text("{}")
    with pytest.raises(ValueError, match=r"annotations.json: expected COCO json"):
        FolderScenery(backgrounds)
    (cutouts / "images" / "3.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"no image 3\.\*"):
        FolderCutouts(cutouts)
    (cutouts / "masks" / "3.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"3\.png: not a readable image"):
        FolderCutouts(cutouts)


def test_an_image_that_does_not_fit_its_mask_is_refused(cutouts: Path) -> None:
    Image.new("RGB", (60, 60)).save(cutouts / "images" / "0.jpg")
    people = FolderCutouts(cutouts)
    with pytest.raises(ValueError, match=r"mask of 150x140, but .*0\.jpg has 60x60"):
        people.figure(0, Pose(), 100)


def test_an_unreadable_background_is_named(backgrounds: Path) -> None:
    for path in backgrounds.iterdir():
        path.write_bytes(path.read_bytes()[:60])
    source = crowd_source(None, backgrounds)
    with pytest.raises(ValueError, match=r"\.png: not a readable image"):
        compose_still(source, np.random.default_rng(0), num_people=1)


def test_unknown_splits_and_empty_sources_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a split of train, val, test, all, got 'half'"):
        DrawnCutouts("half")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="num_identities"):
        DrawnCutouts(num_identities=0)
    with pytest.raises(ValueError, match="num_scenes"):
        DrawnScenery(num_scenes=0)


def test_real_cutouts_are_found_and_pasted(shared: Path) -> None:
    people = shared / "data" / "people"
    source = crowd_source(people / "pennfudan", people / "coco", split="test")
    assert source.cutouts.num_identities > 20
    assert len(compose_still(source, np.random.default_rng(0), num_people=5).annotation) > 0
