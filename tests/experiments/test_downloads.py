"""Benchmarks in their original layout go through training, evaluation and export for the test server."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from outrack.cli import main
from outrack.datasets import open_dataset
from outrack.training import load_config
from outrack.training.data.sources import images_of

SMALL = (
    *(
        "--set",
        "schedule={steps: 1}",
        "--set",
        "model.init=null",
        "--set",
        "model.hidden=8",
        "--set",
        "model.neck=conv",
    ),
    *("--set", "model.width=64", "--set", "model.height=64", "--set", "data.pairs=2", "--set", "data.workers=0"),
    *("--set", "validation.sources=[]"),
)


def outrack(*words: str | Path) -> None:
    assert main([str(word) for word in words]) == 0, words


@pytest.mark.parametrize(
    ("recipe", "frames"), [("mot17_half", {0, 1, 2}), ("centertrack", {0, 1, 2, 3}), ("crowdhuman", {0})]
)
def test_recipes_read_every_picture_once(recipe: str, frames: set[int], downloads: Path) -> None:
    (source,) = load_config(recipe).data.sources
    images = images_of(source, downloads)
    assert len({image.path for image in images}) == len(images)
    assert {image.frame for image in images} == frames
    if recipe == "crowdhuman":
        assert len(images) == 4
        assert all(image.annotation.ignore.sum() == 1 for image in images)
    else:
        assert len(images) == 7 * len(frames)
        assert all("-SDP" in str(image.path) for image in images), "one of the three copies"


@pytest.mark.parametrize(("name", "num_images"), [("MOT16", 6), ("MOT17", 7 * 6), ("MOT20", 6)])
def test_the_folder_of_a_download_is_a_dataset(name: str, num_images: int, downloads: Path) -> None:
    assert len(open_dataset(downloads / name)) == len(open_dataset(downloads / name / "train")) == num_images


@pytest.mark.parametrize("recipe", ["fairmot-utrack", "crowdhuman"])
def test_training_starts(recipe: str, downloads: Path, tmp_path: Path) -> None:
    outrack("train", recipe, "--set", f"data.root={downloads}", *SMALL, "-o", tmp_path / "run", "--quiet")
    assert (tmp_path / "run" / "last.safetensors").is_file()


@pytest.mark.parametrize(("name", "num_files"), [("MOT16", 1), ("MOT17", 21), ("MOT20", 1)])
def test_results_are_evaluated(
    name: str, num_files: int, downloads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = downloads / name / "train"
    found = train / "{name}" / "det" / "det.txt"
    outrack("track", *sorted(train.iterdir()), "--detections", found, "-o", f"{tmp_path}/", "--quiet")
    assert len(list(tmp_path.glob("*.txt"))) == num_files
    for half, frames in (("full", "all frames"), ("fairmot-val", "half fairmot-val")):
        outrack("eval", "--gt", train, "--results", tmp_path, "--half", half)
        scored = capsys.readouterr().out
        assert frames in scored
        assert all(folder.name in scored for folder in train.iterdir())


@pytest.mark.parametrize("name", ["MOT16", "MOT17", "MOT20"])
def test_the_zip_for_the_test_server(name: str, downloads: Path, tmp_path: Path) -> None:
    """The server takes a zip with a file a sequence at its top: frame, id, x, y, width, height, score, -1, -1, -1."""
    test = downloads / name / "test"
    found = test / "{name}" / "det" / "det.txt"
    outrack("track", *sorted(test.iterdir()), "--detections", found, "-o", f"{tmp_path / 'results'}/", "--quiet")
    archive = shutil.make_archive(str(tmp_path / name), "zip", tmp_path / "results")
    with zipfile.ZipFile(archive) as packed:
        assert sorted(packed.namelist()) == sorted(f"{folder.name}.txt" for folder in test.iterdir())
        for file in packed.namelist():
            rows = [line.split(",") for line in packed.read(file).decode().splitlines()]
            assert rows, file
            assert all(len(row) == 10 and row[7:] == ["-1", "-1", "-1"] for row in rows)
            assert all(1 <= int(row[0]) <= 6 and int(row[1]) >= 1 and float(row[4]) > 0 for row in rows)
            assert len({(row[0], row[1]) for row in rows}) == len(rows)
