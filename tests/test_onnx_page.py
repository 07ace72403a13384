"""docs/onnx.md says what is in the file, and its runners run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import outrack
from outrack.boxes import iou
from outrack.detectors import default_weights
from outrack.detectors.model_info import WRITTEN

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "onnx.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a frame of the sample clip as `street.jpg`, and the bundled network as `mine.onnx`."""
    folder = tmp_path_factory.mktemp("street")
    with av.open(str(ROOT / "samples" / "crossing.mp4")) as clip:
        next(clip.decode(video=0)).to_image().save(folder / "street.jpg", quality=95)
    (folder / "mine.onnx").symlink_to(default_weights())
    return folder


def check(printed: str, street: Path, scale: float | np.ndarray = 1.0) -> None:
    """The boxes are where the detector, which scales by another filter and to the picture's own shape, finds people."""
    rows = [[float(number) for number in re.findall(r"[\d.e+-]+", line)[:4]] for line in printed.splitlines()]
    found = outrack.load_detector()(np.asarray(Image.open(street / "street.jpg")))
    assert len(rows) >= 2
    assert iou(np.array(rows) * scale, found.xyxy).max(axis=1).min() > 0.6


def test_the_table_of_metadata_is_that_of_the_code() -> None:
    assert re.findall(r"^\| `outrack\.(\w+)`", PAGE, re.M) == ["format", *WRITTEN]


def test_the_runner_in_python_finds_the_people(street: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", block], cwd=street, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    check(done.stdout, street)


def test_the_runner_in_cpp_finds_the_people(street: Path, tmp_path: Path) -> None:
    root = Path(os.environ.get("ONNXRUNTIME_ROOT", "/usr/local"))
    headers = next(iter(root.glob("include/**/onnxruntime_cxx_api.h")), None)
    if shutil.which("g++") is None or headers is None:
        pytest.skip("needs g++ and the headers and library of ONNX Runtime (ONNXRUNTIME_ROOT)")
    runner = tmp_path / "onnx_runner"
    library = ["-L", root / "lib", f"-Wl,-rpath,{root / 'lib'}", "-lonnxruntime", "-o", runner]
    code = ROOT / "examples" / "onnx_runner.cpp"
    subprocess.run(["g++", "-std=c++17", code, "-I", headers.parent, *library], check=True)
    picture = Image.open(street / "street.jpg")
    picture.resize((640, 384)).save(tmp_path / "street.ppm")
    done = subprocess.run([runner, street / "mine.onnx", tmp_path / "street.ppm"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    check(done.stdout, street, np.tile([picture.width / 640, picture.height / 384], 2))
    assert subprocess.run([runner, "a.onnx", "b.ppm"], capture_output=True).returncode == 1
