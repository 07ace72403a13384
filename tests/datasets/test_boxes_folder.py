"""From boxes files to training images: search for the video, frames and identities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from outrack.datasets.boxes_folder import boxes_files, read_video_boxes
from outrack.datasets.drawn_on import is_drawn_on
from outrack.datasets.layouts import open_dataset
from outrack.datasets.video_of_boxes import find_source, note_source, write_source
from outrack.structures import Detections, Frame
from outrack.video import open_source
from outrack.video.painter import Painter
from outrack.video.pipeline import track_to_files

LINES = (
    "2,7,10,10,20,30,0.9,-1,-1,-1\n"
    "2,8,40,10,20,30,0.3,-1,-1,-1\n"
    "5,7,12,10,20,30,0.8,-1,-1,-1\n"
    "6,7,12,10,0,30,0.8,-1,-1,-1\n"  # without width
)


@pytest.fixture
def boxes(tmp_path: Path, write_video: Callable[..., Path]) -> Path:
    """boxes/walk.txt of footage/walk.mp4, with a note where the video is."""
    video = write_video(tmp_path / "footage" / "walk.mp4")
    path = tmp_path / "boxes" / "walk.txt"
    path.parent.mkdir()
    path.write_text(LINES)
    write_source(path, video)
    return path


def test_frames_between_the_first_and_the_last_box_are_given(boxes: Path) -> None:
    images = read_video_boxes(boxes)
    assert [image.frame for image in images] == [1, 2, 3, 4, 5]
    assert [len(image.annotation) for image in images] == [2, 0, 0, 1, 0]
    assert {image.video for image in images} == {"walk"}
    assert images[0].annotation.xyxy.tolist() == [[10, 10, 30, 40], [40, 10, 60, 40]]
    sample = images[3].read()
    assert sample.pixels.shape == (64, 96, 3)
    assert sample.pixels[:, 32:].mean() == pytest.approx(8 * 4, abs=2)
    assert (sample.scene, sample.frame) == ("walk", 4)


def test_an_annotated_video_is_never_taken_for_the_pictures(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    video = write_video(tmp_path / "footage" / "walk.mp4", 4)
    boxes = tmp_path / "run" / "walk.csv"
    boxes.parent.mkdir()

    def one_person(frame: Frame) -> Detections:
        return Detections([(4, 4, 30, 60)], [0.9])

    for name, painter in [("walk.mp4", Painter()), ("walk.mkv", Painter(show_boxes=False))]:
        files = [boxes.with_name(name), boxes]
        track_to_files(video, files, detector=one_person, painter=painter, overwrite=True)
        assert is_drawn_on(files[0]) == (name == "walk.mp4")
    assert find_source(boxes) == boxes.with_name("walk.mkv")  # nothing is drawn into it
    boxes.with_name("walk.mkv").unlink()
    with pytest.raises(FileNotFoundError, match=r"boxes were drawn into .*walk\.mp4, and would be learned"):
        find_source(boxes)
    assert note_source(boxes, video) == boxes.with_suffix(".source")
    assert find_source(boxes) == video


def test_boxes_of_a_default_output_find_their_video(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    video = write_video(tmp_path / "walk.mp4", 4)
    assert find_source(tmp_path / "walk.tracked.txt") == video


def test_identities_are_left_out_unless_requested(boxes: Path) -> None:
    assert all(image.annotation.ids is None for image in read_video_boxes(boxes))
    ids = [image.annotation.ids for image in read_video_boxes(boxes, with_ids=True)]
    assert ids[0] is not None
    assert ids[0].tolist() == [7, 8]


def test_weak_boxes_and_frames_between_may_be_left_out(boxes: Path) -> None:
    images = read_video_boxes(boxes, min_score=0.5, stride=3)
    assert [image.frame for image in images] == [1, 4]
    assert [len(image.annotation) for image in images] == [1, 1]
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        read_video_boxes(boxes, stride=0)


def test_percent_are_refused_where_scores_choose_boxes(boxes: Path) -> None:
    boxes.write_text(LINES.replace(",0.9,", ",90,"))
    with pytest.raises(ValueError, match=r"walk\.txt: a score of 90; expected 0 to 1, like min_score"):
        read_video_boxes(boxes, min_score=0.5)
    assert len(read_video_boxes(boxes)) == 5


def test_boxes_that_are_no_pixels_of_this_video(boxes: Path, caplog: pytest.LogCaptureFixture) -> None:
    boxes.write_text("2,7,0.5,0.2,0.6,0.9,0.9\n3,7,0.1,0.2,0.2,0.4,0.9\n")  # the first leaves the picture
    with pytest.raises(ValueError, match=r"walk\.txt: all boxes lie within two pixels .*divided by the image size"):
        read_video_boxes(boxes)
    boxes.write_text(LINES.replace("40,10,20,30", "400,10,200,300"))
    assert len(read_video_boxes(boxes)) == 5
    assert "and 1 outside of their image, of 4 (the first in 000002.jpg). Are they in pixels" in caplog.text


def test_boxes_of_a_longer_video_are_refused(boxes: Path) -> None:
    boxes.write_text(LINES + "99,7,12,10,20,30,0.8,-1,-1,-1\n")
    with pytest.raises(ValueError, match="it has 24 frames, but frame 99 is requested"):
        read_video_boxes(boxes)


def test_where_the_video_is_looked_for(boxes: Path, write_video: Callable[..., Path]) -> None:
    noted = boxes.parent.parent / "footage" / "walk.mp4"
    assert find_source(boxes) == noted
    assert find_source(boxes, videos=noted.parent) == noted
    assert find_source(boxes, videos=noted) == noted
    boxes.with_suffix(".source").unlink()
    above = write_video(boxes.parent.parent / "walk.avi", 4)
    assert find_source(boxes) == above
    beside = write_video(boxes.parent / "walk.mov", 4)
    assert find_source(boxes) == beside


def test_a_missing_video_is_reported(boxes: Path) -> None:
    boxes.with_suffix(".source").write_text("/gone/walk.mp4\n")
    with pytest.raises(
        FileNotFoundError, match=r"walk\.txt: the video of these boxes was not found.*/gone.*walk\.source"
    ):
        find_source(boxes)


def test_pictures_of_a_folder_and_of_a_sequence_serve_as_video(
    boxes: Path, write_image: Callable[..., Path], make_sequence: Callable[..., Path]
) -> None:
    folder = boxes.parent.parent / "shots"
    for number in (1, 2, 5, 9, 10):
        write_image(folder / f"shot{number}.jpg")
    write_source(boxes, folder)
    paths = [image.path.name for image in read_video_boxes(boxes)]
    assert paths == ["shot2.jpg", "shot5.jpg", "shot9.jpg", "shot10.jpg"]
    write_source(boxes, make_sequence([], num_frames=9, images=[2, 5, 9]))
    assert [(image.path.name, image.frame) for image in read_video_boxes(boxes)] == [
        ("000002.jpg", 1),
        ("000005.jpg", 4),
    ]


def test_rotated_pictures_are_read_as_they_are_tracked(boxes: Path) -> None:
    folder = boxes.parent.parent / "phone"
    folder.mkdir()
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20] = 200  # the upper half as the file has it
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6  # was taken with the camera on its side
    for number in range(4):
        Image.fromarray(pixels).save(folder / f"{number}.png", exif=turned)
    write_source(boxes, folder)
    boxes.write_text("2,1,5,5,20,50,0.9,-1,-1,-1\n3,1,5,5,20,50,0.9,-1,-1,-1\n4,1,5,5,20,50,0.9,-1,-1,-1\n")
    images = read_video_boxes(boxes)
    assert [(image.width, image.height) for image in images] == [(40, 60)] * 3
    with open_source(folder) as source:
        seen = [frame.pixels for frame in source][1:]
    for image, pixels_tracked in zip(images, seen, strict=True):
        np.testing.assert_array_equal(image.read().pixels, pixels_tracked)
        assert image.annotation.xyxy[0, :2].tolist() == [5, 5]


def test_one_file_a_video_is_read_the_corrected_one_first(boxes: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = boxes.parent
    (folder / "walk.csv").touch()
    (folder / "other.jsonl").touch()
    assert [path.name for path in boxes_files(folder)] == ["other.jsonl", "walk.csv"]
    (folder / "walk.xml").touch()
    (folder / "walk.tracked.jsonl").touch()
    caplog.clear()
    assert [path.name for path in boxes_files(folder)] == ["other.jsonl", "walk.xml"]
    assert [record.message.rpartition("/")[2] for record in caplog.records] == [
        "walk.tracked.jsonl: passed over, as walk.xml has boxes of the same video",
        "walk.csv: passed over, as walk.xml has boxes of the same video",
        "walk.txt: passed over, as walk.xml has boxes of the same video",
    ]


def test_no_frame_is_learned_twice(boxes: Path) -> None:
    """Names tell most videos apart; notes may lead from two names to one video."""
    folder, video = boxes.parent, find_source(boxes)
    (folder / "morning.txt").write_text(LINES)
    write_source(folder / "morning.txt", video)
    with pytest.raises(ValueError, match=r"morning\.txt and .*walk\.txt both have boxes of frame 2 of the same video"):
        open_dataset(folder)
    (folder / "morning.txt").write_text("7,7,10,10,20,30,0.9,-1,-1,-1\n")  # other frames of it
    assert sorted(image.frame for image in open_dataset(folder)) == [1, 2, 3, 4, 5, 6]


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.mat: unknown format of boxes; expected \.zip, \.xml"):
        read_video_boxes(tmp_path / "a.mat")


def test_a_real_video_with_a_trackers_boxes(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "walking.txt"
    path.write_text("".join(f"{frame},1,100,100,50,120,0.9,-1,-1,-1\n" for frame in range(1, 9)))
    images = read_video_boxes(path, videos=shared / "data" / "video")
    assert len(images) == 8
    assert (images[0].width, images[0].height) == (1280, 720)
    pixels = [image.read().pixels.astype(float) for image in images[:2]]
    assert np.abs(pixels[0] - pixels[1]).mean() > 0.1


def test_a_project_of_cvat_gives_each_of_its_videos(
    tmp_path: Path, write_video: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    box = '<box frame="{}" outside="{}" xtl="10" ytl="10" xbr="30" ybr="40"/>'
    tasks = "".join(
        f"<task><id>{number}</id><name>{task}</name><size>4</size><source>{video}</source></task>"
        for number, (task, video) in enumerate((("Monday", "a.mp4"), ("v1.2 Tuesday", "sub/b.mp4"), ("Gone", "c.mp4")))
    )
    tracks = "".join(
        f'<track id="{task}" label="{label}" task_id="{task}">{box.format(task, 0)}{box.format(task + 1, 1)}</track>'
        for task, label in ((0, "person"), (1, "person"), (1, "car"))
    )
    project = tmp_path / "boxes" / "project.xml"
    project.parent.mkdir()
    project.write_text(f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{tracks}</annotations>")
    write_video(project.parent / "project.mp4")  # of which no task is
    with pytest.raises(FileNotFoundError, match=r"project\.xml: a project of 3 videos. Searched for a, b, c,"):
        read_video_boxes(project)
    write_video(project.parent / "a.mp4")
    write_video(tmp_path / "b.mp4")
    images = read_video_boxes(project)
    assert [(image.video, image.frame, len(image.annotation)) for image in images] == [
        *(("a", frame, int(frame == 0)) for frame in range(4)),
        *(("b", frame, int(frame == 1)) for frame in range(4)),
    ]
    assert "skipped c, whose videos were not found" in caplog.text
    one = project.rename(project.with_name("a.xml"))  # called like one of them
    assert {image.video for image in read_video_boxes(one)} == {"a"}
    with pytest.raises(ValueError, match=r"none of them has the name project\.mp4"):
        read_video_boxes(one, videos=project.parent / "project.mp4")


def test_two_videos_of_a_project_are_never_read_from_one_file(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    tasks = "".join(
        f"<task><id>{number}</id><name>{name}</name><size>4</size></task>" for number, name in enumerate(("x", "y"))
    )
    project = tmp_path / "project.xml"
    project.write_text(f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta></annotations>")
    video = write_video(tmp_path / "footage" / "one.mp4")
    for name in ("x", "y"):
        write_source(tmp_path / f"{name}.xml", video)
    with pytest.raises(ValueError, match=r"x and y would both be read from .*one\.mp4"):
        read_video_boxes(project)
