"""Cameras at local addresses: several at once, and identities that continue from run to run."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from outrack.detectors.one_batch import Arrays, OneBatch

from .conftest import detection_lines

STREET = Path(__file__).parents[1] / "models" / "vtest_frame.png"


class Camera(BaseHTTPRequestHandler):
    """The same picture without end, as network cameras send them, grey but at `/street` and `/mirror`; none before all
    that are waited for are looked at."""

    waiting = threading.Barrier(1)

    def do_GET(self) -> None:
        self.waiting.wait(60)
        buffer = io.BytesIO()
        picture = Image.new("RGB", (96, 64), (90, 90, 90)) if self.path == "/door" else Image.open(STREET)
        (ImageOps.mirror(picture) if self.path == "/mirror" else picture).save(buffer, "JPEG", quality=95)
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(buffer.getvalue())}\r\n\r\n"
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        with suppress(OSError):  # the reader has gone
            for _ in range(2000):
                self.wfile.write(head.encode() + buffer.getvalue() + b"\r\n")
                time.sleep(0.01)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cameras() -> Iterator[str]:
    """The address of a computer with as many cameras as are asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def ids_by_frame(path: Path) -> list[list[int]]:
    return [[track["id"] for track in json.loads(line)["tracks"]] for line in path.read_text().splitlines()]


def test_two_cameras_are_tracked_at_once_by_one_network_each_by_its_own_tracker(
    run, cameras: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Camera, "waiting", threading.Barrier(2))  # one camera alone would send nothing
    served: list[int] = []
    answer = OneBatch.__call__

    def count(self: OneBatch, inputs: Arrays) -> Arrays:
        served.append(len(inputs["images"]))
        return answer(self, inputs)

    monkeypatch.setattr(OneBatch, "__call__", count)  # the network is in this process, the cameras are not
    words = ("--one-batch", "--speed", "fast", "-o", "{name}.jsonl", "--max-frames", "3", "-q")
    done = run("track", f"{cameras}/street", f"{cameras}/mirror", *words)
    assert done.code == 0, done.err
    assert served == [1] * 6
    lines = [(tmp_path / f"{name}.jsonl").read_text().splitlines()[-1] for name in ("street", "mirror")]
    street, mirror = ([(one["id"], one["xyxy"]) for one in json.loads(line)["tracks"]] for line in lines)
    assert {number for number, _ in street} >= {1, 2, 3} <= {number for number, _ in mirror}
    left, right = (np.sort([box[0] + box[2] for _, box in found]) / 2 for found in (street, mirror))
    assert np.abs(left[:3] - (512 - right[::-1])[:3]).max() < 4


def test_identities_continue_from_run_to_run(run, cameras: str, det: Path, tmp_path: Path) -> None:
    det = tmp_path / "det.txt"
    det.write_text(detection_lines(2000))
    words = ("track", f"{cameras}/door", "--detections", det, "--max-frames", "4", "--state", "door.npz", "-q")
    state = tmp_path / "door.npz"
    assert run(*words, "-o", "a.jsonl").code == 0
    os.utime(state)
    assert run(*words, "-o", "b.jsonl").code == 0
    assert ids_by_frame(tmp_path / "b.jsonl") == [[1, 2]] * 4  # a moment later: the same people
    hour_ago = time.time() - 3600
    os.utime(state, (hour_ago, hour_ago))
    assert run(*words, "-o", "c.jsonl").code == 0
    # Long gone, and their ids are not given again: new people are shown from their second frame on.
    assert ids_by_frame(tmp_path / "c.jsonl")[1:] == [[3, 4]] * 3
    times = [json.loads(line)["timestamp_s"] for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert times[0] < 1  # those of the source


def test_a_file_is_the_next_part_of_a_recording(run, clip: Path, det: Path, tmp_path: Path) -> None:
    for part in ("a", "b"):
        words = ("--detections", det, "--state", "clip.npz", "-o", f"{part}.jsonl", "-q")
        assert run("track", clip, *words).code == 0
        assert ids_by_frame(tmp_path / f"{part}.jsonl")[0] == [1, 2]
    before = (tmp_path / "clip.npz").stat().st_mtime_ns
    refused = run("track", clip, "--detections", det, "--state", "clip.npz", "-o", "a.jsonl")
    assert (refused.code, "exists" in refused.err) == (1, True)
    assert (tmp_path / "clip.npz").stat().st_mtime_ns == before  # no frame was tracked
    other = run("track", clip, "--detections", det, "--state", "clip.npz", "-o", "c.txt", "--tracker.max-lost-s", "9")
    assert "it was saved with --tracker.max-lost-s 2.0, but this run has 9.0" in other.err
    (tmp_path / "clip.npz").write_text("nonsense")
    assert "not the saved state of a tracker" in run("track", clip, "--state", "clip.npz", "-o", "d.txt").err
    assert "expected a file that ends in .npz" in run("track", clip, "--state", "d.txt", "-o", "d.csv").err
