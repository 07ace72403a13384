"""docs/onnx.md describes the file correctly, and its runners run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image

import outrack
from outrack.boxes import iou
from outrack.detectors import default_weights
from outrack.detectors.model_info import WRITTEN

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "onnx.md").read_text(encoding="utf-8")
HEADERS = ROOT / "tests" / "third_party" / "onnxruntime"


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


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner in C++, compiled with ONNX Runtime's headers and linked to the library of its wheel."""
    libraries = list(Path(ort.__file__).parent.glob("capi/libonnxruntime.so.*"))
    needed = int(re.findall(r"#define ORT_API_VERSION (\d+)", (HEADERS / "onnxruntime_c_api.h").read_text())[0])
    if not libraries or shutil.which("g++") is None or int(ort.__version__.split(".")[1]) < needed:
        pytest.skip(f"needs Linux, g++ and ONNX Runtime 1.{needed} or later (here is {ort.__version__})")
    folder = tmp_path_factory.mktemp("runner")
    (folder / "libonnxruntime.so.1").symlink_to(libraries[0])
    warnings = ["-Wall", "-Wextra", "-Werror"]
    code = ["-isystem", HEADERS, ROOT / "examples" / "onnx_runner.cpp"]
    linked = [folder / "libonnxruntime.so.1", f"-Wl,-rpath,{folder}", "-o", folder / "onnx_runner"]
    subprocess.run(["g++", "-std=c++17", *warnings, *code, *linked], check=True)
    return folder / "onnx_runner"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True)


def test_the_runner_in_cpp_gives_the_boxes_of_python(runner: Path, street: Path, tmp_path: Path) -> None:
    picture = Image.open(street / "street.jpg")
    small = picture.resize((640, 384))
    small.save(tmp_path / "street.ppm")
    done = run(runner, street / "mine.onnx", tmp_path / "street.ppm")
    assert done.returncode == 0, done.stderr

    session = ort.InferenceSession(street / "mine.onnx", providers=["CPUExecutionProvider"])
    threshold = json.loads(session.get_modelmeta().custom_metadata_map["outrack.score_threshold"])
    pixels = np.asarray(small).transpose(2, 0, 1)[None]
    boxes, scores = (output[0] for output in session.run(["boxes", "scores"], {"images": pixels}))
    rows = np.array([[float(number) for number in line.split()] for line in done.stdout.splitlines()])
    taken = scores >= threshold
    assert len(rows) == taken.sum() >= 2
    np.testing.assert_allclose(rows, np.column_stack([boxes, scores])[taken], rtol=1e-4, atol=1e-3)
    check(done.stdout, street, np.tile([picture.width / 640, picture.height / 384], 2))


def test_the_runner_in_cpp_reports_the_error(runner: Path, street: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.ppm"
    Image.new("RGB", (650, 384)).save(odd)
    short = tmp_path / "short.ppm"
    short.write_bytes(b"P6\n640 384\n255\n" + bytes(100))
    other = tmp_path / "other.onnx"
    other.write_bytes(b"no network")
    whole = tmp_path / "whole.ppm"
    Image.new("RGB", (640, 384)).save(whole)
    for command, message in [
        ((street / "mine.onnx",), "expected: onnx_runner NETWORK.onnx PICTURE.ppm"),
        ((street / "mine.onnx", odd), "odd.ppm: expected a binary PPM of 8 bits, its sides multiples of 32"),
        ((street / "mine.onnx", short), "short.ppm: the file is cut short"),
        ((street / "mine.onnx", tmp_path / "none.ppm"), "none.ppm: expected a binary PPM"),
        ((other, whole), "other.onnx"),
    ]:
        done = run(runner, *command)
        assert done.returncode == 1
        assert message in done.stderr
