"""`outrack track --show`: a window on a virtual display, and a message without a display."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from outrack.video.window import Window

tkinter = pytest.importorskip("tkinter")


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A screen of 800 x 600 that nothing shows."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("no Xvfb is installed")
    command = [program, "-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        assert screen.stdout is not None
        monkeypatch.setenv("DISPLAY", f":{screen.stdout.readline().strip()}")
        yield
        screen.terminate()


def test_the_video_is_shown_and_closing_the_window_ends_the_run_with_whole_files(
    run, clip: Path, det: Path, tmp_path: Path, display: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[int, int, str]] = []
    show = Window.show

    def close_at_the_third(window: Window, picture: np.ndarray) -> None:
        shown.append((window._label.winfo_width(), window._label.winfo_height(), window._root.title()))
        if len(shown) == 3:
            window._root.focus_force()  # which a window manager would do
            window._root.event_generate("<Escape>")
        show(window, picture)

    monkeypatch.setattr(Window, "show", close_at_the_third)
    done = run("track", clip, "--detections", det, "--show", "--online", "-o", "street.csv", "-q")
    assert (done.code, done.err) == (130, "")
    assert shown[1:] == [(96, 64, "street")] * 2  # at the size of the video, once the first picture is there
    frames = {line.split(",")[0] for line in (tmp_path / "street.csv").read_text().splitlines()[1:]}
    assert frames == {"1", "2", "3"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_nothing_is_tracked(run, clip: Path, det: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    done = run("track", clip, "--detections", det, "--show", "--online", "-o", "street.csv", "-q")
    assert done.code == 1
    assert "--show: cannot open a window" in done.err
    assert "write -o live.mkv" in done.err
    assert not Path("street.csv").exists()
