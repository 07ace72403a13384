"""Behaviour of a separate process: signals, a terminal, the installed script, the time to start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import av
import pytest

from outrack.__main__ import run

OUTRACK = (sys.executable, "-m", "outrack")


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that takes far longer to track than a test waits."""
    path = tmp_path_factory.mktemp("clip") / "long.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        picture = av.VideoFrame(640, 480, "yuv420p")
        for index in range(3000):
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_whole_files_a_summary_and_code_130(tmp_path: Path, long_clip: Path, number: int) -> None:
    det, mp4, txt, xml = (tmp_path / name for name in ("det.txt", "a.mp4", "a.txt", "a.xml"))
    write_long_detections(det)
    outputs = [word for path in (mp4, txt, xml) for word in ("-o", str(path))]
    command = [*OUTRACK, "track", str(long_clip), "--detections", str(det), *outputs]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for_text(txt, process)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "interrupted" in out
    assert "Traceback" not in err
    with av.open(str(mp4)) as container:
        num_pictures = sum(1 for _ in container.decode(video=0))
    lines = txt.read_text()
    assert lines.endswith("-1\n")
    assert 0 < num_pictures < 3000
    assert int(lines.splitlines()[-1].split(",")[0]) == num_pictures
    boxes = ElementTree.parse(xml).getroot().findall("./track/box")
    ends = [(int(box.get("frame", -1)), box.get("outside")) for box in boxes if box.get("outside") == "1"]
    assert ends == [(num_pictures, "1")]  # the video goes on, without the person
    assert boxes[-1].get("outside") == "1"


def test_on_a_terminal_one_line_is_redrawn(tmp_path: Path, clip: Path, det: Path) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*OUTRACK, "track", str(clip), "--detections", str(det), "-o", str(tmp_path / "a.txt")],
        stdout=subprocess.DEVNULL,
        stderr=follower,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(follower)
    assert process.wait(timeout=20) == 0
    shown = os.read(leader, 100_000).decode()
    os.close(leader)
    assert "\x1b" in shown
    assert "12/12 frames" in shown
    assert "fps" in shown


def test_the_installed_script_is_the_same_command() -> None:
    script = Path(sys.executable).parent / "outrack"
    if not script.exists():
        pytest.skip("outrack is not installed in this environment")
    for command in ((str(script),), OUTRACK):
        result = subprocess.run([*command, "track", "nothing.mp4"], capture_output=True, text=True, timeout=20)
        assert result.returncode == 1
        assert result.stderr == "error: nothing.mp4: no such file. Is the path correct?\n"


def test_a_reader_that_exits_is_not_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run([*OUTRACK, "info"], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=20)
    os.close(writing)
    assert result.stderr == ""
    assert result.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes streams")
def test_closed_streams_and_no_home_cost_nothing(tmp_path: Path, clip: Path, det: Path) -> None:
    """The first file that is opened must not become standard error, into which libraries write."""
    words = [*OUTRACK, "track", str(clip), "--detections", str(det), "--overwrite"]
    home = {name: value for name, value in os.environ.items() if name not in ("HOME", "OUTRACK_HOME", "XDG_CACHE_HOME")}
    files = ["-o", str(tmp_path / "a.mp4"), "-o", str(tmp_path / "a.csv")]
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words, *files]
    assert subprocess.run(closed, env=home, timeout=60).returncode == 0
    rows = (tmp_path / "a.csv").read_text().splitlines()
    assert len(rows) > 12 and all(row.count(",") == 9 for row in rows)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert len(list(container.decode(video=0))) == 12
    nowhere = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *words, "-o", "-"], env=home, stderr=subprocess.PIPE, text=True, timeout=60
    )
    assert nowhere.returncode == 1
    assert "-: writing failed at frame 1" in nowhere.stderr


def test_import_and_tracking_need_neither_torch_nor_opencv(tmp_path: Path, clip: Path, det: Path) -> None:
    program = (
        "import sys, outrack\n"
        "assert not {'numpy', 'scipy', 'av', 'onnxruntime'} & set(sys.modules), 'import outrack is not light'\n"
        "from outrack.cli import main\n"
        f"assert main(['track', {str(clip)!r}, '--detections', {str(det)!r}, '-o', {str(tmp_path / 'a.mp4')!r}]) == 0\n"
        "assert not {'torch', 'cv2', 'supervision'} & set(sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr


def test_occlusions_are_shown_without_torch(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "samples" / "crossing.mp4"
    words = ["track", str(sample), "--weights", "open", "--show-occlusion", "--max-frames", "2", "-o", "x.mp4"]
    program = (
        "import sys\n"
        "sys.modules['torch'] = None  # whoever imports it fails\n"
        "from outrack.cli import main\n"
        f"assert main({words!r}) == 0\n"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    with av.open(str(tmp_path / "x.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 2


def test_help_loads_no_package_that_it_does_not_need() -> None:
    program = (
        "import sys\n"
        "from outrack.cli import main\n"
        "assert main(['--help']) == 0\n"
        "assert not {'numpy', 'scipy', 'av', 'onnxruntime', 'PIL'} & set(sys.modules)\n"
        "assert main(['track', '--help']) == 0\n"
        "assert not {'av', 'onnxruntime', 'PIL'} & set(sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("outrack.tracking", ["scipy", "av", "onnxruntime", "PIL", "yaml", "rich", "cyclopts"]),
        ("outrack.video.api", ["scipy", "yaml", "rich", "cyclopts"]),
    ],
)
def test_the_tracker_and_the_loop_load_no_package_that_they_do_not_need(module: str, heavy: list[str]) -> None:
    """Time is not for a test; what takes it is. scipy.optimize alone takes a quarter of a second."""
    program = f"import sys, {module}\nprint(*set({heavy!r}) & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert (result.stdout.strip(), result.returncode) == ("", 0), result.stderr


@pytest.mark.parametrize(("number", "send"), [(signal.SIGINT, os.kill), (signal.SIGHUP, os.killpg)])
def test_a_signal_ends_all_processes_of_several_sources(
    number: signal.Signals, send: Callable[[int, int], None], tmp_path: Path, long_clip: Path, clip: Path
) -> None:
    """Ctrl-C of the first process, and a closed terminal, which signals all of them."""
    for name, video in (("a", long_clip), ("b", long_clip), ("c", clip)):  # that of c is idle when the signal comes
        (tmp_path / f"{name}.mp4").symlink_to(video)
        write_long_detections(tmp_path / f"{name}.txt")
    words = ["--detections", str(tmp_path / "{name}.txt"), "-o", str(tmp_path / "{name}.jsonl"), "--jobs", "3"]
    command = [*OUTRACK, "track", *(str(tmp_path / f"{name}.mp4") for name in "abc"), *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, start_new_session=True) as process:
        for name in "abc":
            wait_for_text(tmp_path / f"{name}.jsonl", process)
        send(process.pid, number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    for name in "ab":
        assert (tmp_path / f"{name}.jsonl").read_text().endswith("}\n")


def write_long_detections(path: Path) -> None:
    """One person, in every frame of `long_clip`."""
    path.write_text("".join(f"{frame},-1,50,50,60,150,0.9\n" for frame in range(1, 3001)))


def wait_for_text(path: Path, process: subprocess.Popen[str]) -> None:
    """Until the file has a few lines, or the process ended without them."""
    while process.poll() is None and not (path.exists() and path.stat().st_size > 500):
        time.sleep(0.02)


def test_ctrl_c_while_the_command_is_being_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "outrack.cli", Interrupted("outrack.cli"))
    assert run() == 130
    assert capsys.readouterr().err == "error: interrupted\n"
