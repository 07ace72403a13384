"""Every command and snippet of the documentation runs, in the order in which it is read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "docs/training.md", "docs/evaluation.md", "docs/reproduce.md"]
SHORT_TRAINING = (
    "--set schedule.steps=2 --set schedule.warmup=0 --set data.pairs=1 --set data.workers=0 "
    "--set model.width=320 --set model.height=192"
)
SEQINFO = """[Sequence]
name=MOT17-02-FRCNN
imDir=img1
frameRate=30
seqLength=3
imWidth=1920
imHeight=1080
imExt=.jpg
"""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)


def commands(page: str) -> list[str]:
    """The page's commands; those that the README shows too are run with the README."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    known = [] if page == "README.md" else commands("README.md")
    return [line for line in lines if line.startswith("outrack ") and line not in known]


def shortened(command: str) -> str:
    """The same command, in seconds instead of hours."""
    if command.startswith("outrack train"):
        return f"{command} {SHORT_TRAINING}"
    if command.startswith("outrack reproduce") and "--budget" not in command:
        return f"{command.replace(' --seeds 3', '').replace('table1', 'table1/none')} --budget tiny"
    return command


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the documentation takes for granted: two short videos and a sequence with detections."""
    folder = tmp_path_factory.mktemp("workplace")
    with av.open(str(ROOT / "samples" / "crossing.mp4")) as clip:
        pictures = [
            frame.to_image().resize((384, 288)) for frame, _ in zip(clip.decode(video=0), range(16), strict=False)
        ]
    for name in ("street.mp4", "other.mp4"):
        with av.open(str(folder / name), "w") as video:
            stream = video.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 384, 288, "yuv420p"
            for picture in pictures:
                video.mux(stream.encode(av.VideoFrame.from_image(picture)))
            video.mux(stream.encode())
    sequence = folder / "MOT17-02-FRCNN"
    (sequence / "det").mkdir(parents=True)
    (sequence / "seqinfo.ini").write_text(SEQINFO)
    (sequence / "det" / "det.txt").write_text("".join(f"{t},-1,{100 + t},50,40,120,0.9\n" for t in (1, 2, 3)))
    (folder / "DATA").mkdir()
    shim = folder / "bin" / "outrack"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m outrack "$@"\n')
    shim.chmod(0o755)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_commands(page: str, workplace: Path, tmp_path: Path) -> None:
    for given in workplace.iterdir():
        (tmp_path / given.name).symlink_to(given)
    environment = os.environ | {
        "PATH": f"{workplace / 'bin'}:{os.environ['PATH']}",
        "OUTRACK_HOME": str(tmp_path / "home"),
    }
    assert commands(page)
    for command in commands(page):
        line = shortened(command)
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_the_readmes_python(workplace: Path) -> None:
    for block in blocks("README.md", "python"):
        done = subprocess.run([sys.executable, "-c", block], cwd=workplace, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "DETECTED" in done.stdout


def test_the_snippets_of_the_python_page(workplace: Path, tmp_path: Path) -> None:
    for given in workplace.iterdir():
        (tmp_path / given.name).symlink_to(given)
    # In one process, which starts once; each with names of its own.
    code = "".join(f"exec({block!r}, {{'__name__': '__main__'}})\n" for block in blocks("docs/python.md", "python"))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


ULTRALYTICS = """
from types import SimpleNamespace
import numpy as np

class YOLO:
    def __init__(self, path): pass

    def __call__(self, picture, conf, classes, verbose):
        assert picture.shape[2] == 3
        boxes = SimpleNamespace(xyxy=np.array([[100, 40, 140, 160]]), conf=np.array([0.9]), cls=np.array([0.0]))
        return [SimpleNamespace(boxes=boxes)]
"""
"""Stands for the package, which is not installed for the tests: what it gives has these names."""


def test_the_snippets_about_detectors_of_others(workplace: Path, tmp_path: Path) -> None:
    pytest.importorskip("supervision")
    (tmp_path / "ultralytics.py").write_text(ULTRALYTICS)
    (tmp_path / "street.mp4").symlink_to(workplace / "street.mp4")
    code = "\n".join(blocks("docs/your-detector.md", "python"))  # in one process, which starts once
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == done.stdout.splitlines()[-1] == "1"


def test_the_readme_installs_the_checkout_first_and_states_terms_before_the_first_command() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "pip install outrack" not in readme  # until there is a release on PyPI
    assert readme.index("for research") < readme.index("outrack track street.mp4")


def test_every_link_leads_somewhere() -> None:
    for page in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_command_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from scripts.write_cli_reference import reference; print(reference(), end='')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout == (ROOT / "docs" / "cli.md").read_text(), "run `python scripts/write_cli_reference.py`"


def test_every_option_has_a_help_text() -> None:
    lines = (ROOT / "docs" / "cli.md").read_text().splitlines()
    assert [line for line in lines if re.fullmatch(r"\* `-[^`]*`: *(\*\[.*)?", line)] == []
