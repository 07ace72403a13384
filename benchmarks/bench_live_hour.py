"""An hour of a camera that drops and stalls: are memory, handles and threads of `outrack track` constant, and its files
complete?

python benchmarks/bench_live_hour.py --minutes 60

The sample clip, back and forth, is sent from this computer as network cameras send pictures. The connection drops every
five minutes and stalls for ten seconds every seven. At the end the run gets Ctrl-C, and all outputs are read back.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av

ROOT = Path(__file__).resolve().parents[1]
CUT_EVERY_S, STALL_EVERY_S, STALL_S = 300, 420, 10
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


def pictures(path: Path, width: int) -> list[bytes]:
    """The clip's frames as JPEG."""
    parts = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            image = frame.to_image()
            packed = io.BytesIO()
            image.resize((width, width * image.height // image.width)).save(packed, "JPEG")
            parts.append(packed.getvalue())
    return parts


class Camera:
    """Serves pictures at `rate` per second; `cuts` and `stalls` count the faults so far."""

    def __init__(self, parts: list[bytes], rate: float) -> None:
        self.cuts = self.stalls = 0
        began, camera = time.monotonic(), self
        order = itertools.cycle([*parts, *parts[-2:0:-1]])

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with suppress(OSError):
                    while (time.monotonic() - began) // CUT_EVERY_S <= camera.cuts:
                        if (time.monotonic() - began) // STALL_EVERY_S > camera.stalls:
                            camera.stalls += 1
                            time.sleep(STALL_S)
                        part = next(order)
                        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(part)}\r\n\r\n"
                        self.wfile.write(head.encode() + part + b"\r\n")
                        time.sleep(1 / rate)
                    camera.cuts += 1
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/door"


def state_of(pid: int) -> tuple[float, int, int]:
    """Resident MiB, open handles and threads of a process."""
    place = Path(f"/proc/{pid}")
    pages = int((place / "statm").read_text().split()[1])
    return pages * PAGE_MIB, len(list((place / "fd").iterdir())), len(list((place / "task").iterdir()))


def watched(process: subprocess.Popen[bytes], minutes: float, camera: Camera, lines: Path) -> None:
    """Print a row for each twentieth of the time."""
    print("| minutes | resident MiB | handles | threads | frames | cuts | stalls |\n|---|---|---|---|---|---|---|")
    began = time.monotonic()
    for step in range(1, 21):
        time.sleep(max(0.0, began + step * minutes * 3 - time.monotonic()))
        if process.poll() is not None:
            raise SystemExit(f"outrack ended by itself with {process.returncode}")
        memory, handles, threads = state_of(process.pid)
        frames = lines.read_bytes().count(b"\n") if lines.is_file() else 0
        print(
            f"| {step * minutes / 20:.0f} | {memory:.0f} | {handles} | {threads} | {frames:,} "
            f"| {camera.cuts} | {camera.stalls} |",
            flush=True,
        )


def checked(folder: Path) -> str:
    """A summary of the outputs; fails if they contradict each other."""
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    ids = [[track["id"] for track in row["tracks"]] for row in rows]
    if any(len(set(here)) != len(here) for here in ids):
        raise SystemExit("an id twice in one frame")
    times = [row["timestamp_s"] for row in rows]
    if any(later <= earlier for earlier, later in itertools.pairwise(times)):
        raise SystemExit("times that do not increase")
    with (folder / "out.csv").open(newline="") as stream:
        num_boxes = sum(1 for _ in csv.DictReader(stream))
    if num_boxes != sum(map(len, ids)):
        raise SystemExit(f"{num_boxes} boxes in out.csv, {sum(map(len, ids))} in out.jsonl")
    with av.open(str(folder / "out.mp4")) as container:
        shown = sum(1 for _ in container.decode(video=0))
    if shown != len(rows):
        raise SystemExit(f"{shown} frames in out.mp4, {len(rows)} in out.jsonl")
    used = {number for here in ids for number in here}
    return f"{len(rows):,} frames, {num_boxes:,} boxes, {len(used):,} ids, the largest {max(used, default=0):,}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--rate", type=float, default=5, help="pictures per second")
    options.add_argument("--width", type=int, default=384)
    given = options.parse_args()
    camera = Camera(pictures(ROOT / "samples" / "crossing.mp4", given.width), given.rate)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = [word for end in ("mp4", "jsonl", "csv", "txt") for word in ("-o", str(folder / f"out.{end}"))]
        command = [sys.executable, "-m", "outrack", "track", camera.url, "--speed", "fast", "--cores", "1", *words]
        with (folder / "errors").open("wb") as errors:
            process = subprocess.Popen([*command, "--quiet"], stderr=errors, stdout=subprocess.DEVNULL)
        try:
            watched(process, given.minutes, camera, folder / "out.jsonl")
        finally:
            process.send_signal(signal.SIGTERM)  # shells let what they start in the background ignore Ctrl-C
            code = process.wait(60)
            print((folder / "errors").read_text()[-2000:], file=sys.stderr)
        if code != 130:
            raise SystemExit(f"exit code {code} after SIGTERM")
        print(checked(folder))


if __name__ == "__main__":
    main()
