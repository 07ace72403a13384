from __future__ import annotations

import io
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack import track
from outrack.video import open_source
from outrack.video.address import address_name, has_unescaped_login, shown_address
from outrack.video.connection import Patience
from outrack.video.latest_frame import LatestFrame
from outrack.video.stream import open_url

QUICK = Patience(answer_s=2.0, first_delay_s=0.01, longest_delay_s=1.0, reconnect_for_s=60)
SHORT = replace(QUICK, reconnect_for_s=0.5)
Answer = Callable[[BaseHTTPRequestHandler, int], None]


class Site:
    """A web server on this computer; `answer(handler, n)` serves the n-th request, from 1."""

    def __init__(self, answer: Answer) -> None:
        self.requests = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests += 1
                with suppress(OSError):  # the reader has gone
                    answer(self, site.requests)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Site]]:
    sites: list[Site] = []

    def start(answer: Answer) -> Site:
        sites.append(Site(answer))
        return sites[-1]

    yield start
    for site in sites:
        site.close()


def send_file(handler: BaseHTTPRequestHandler, data: bytes, *, sent: int | None = None) -> None:
    """A file of known length; the connection is cut after `sent` bytes."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[:sent])


def send_endless(handler: BaseHTTPRequestHandler, parts: list[bytes], kind: str, *, pause_s: float = 0.0) -> None:
    """A stream of unknown length, which ends when the parts do."""
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.end_headers()
    for part in parts:
        handler.wfile.write(part)
        time.sleep(pause_s)


def mjpeg_parts(num_frames: int) -> list[bytes]:
    """The multipart stream that network cameras send; picture i is grey 10 * i."""
    parts = []
    for index in range(num_frames):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 48), (10 * index,) * 3).save(buffer, "JPEG")
        picture = buffer.getvalue()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n".encode()
        parts.append(head + picture + b"\r\n")
    return parts


MJPEG = "multipart/x-mixed-replace; boundary=frame"


def test_a_recording_behind_a_url_is_read_like_a_file(make_video, serve):
    data = make_video(num_frames=20, options={"movflags": "+faststart"}).read_bytes()
    site = serve(lambda handler, n: send_file(handler, data))
    with open_source(f"{site.url}/videos/Street 1.mp4?token=x") as source:
        assert (source.name, source.is_live, source.num_frames) == ("Street_1", False, 20)
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(20))
    assert site.requests == 1


def test_a_recording_that_is_cut_is_read_on_without_loss_or_repetition(make_video, serve, caplog):
    path = make_video(num_frames=40, noise=True, size=(160, 120), options={"movflags": "+faststart"})
    data = path.read_bytes()
    site = serve(lambda handler, n: send_file(handler, data, sent=len(data) * 6 // 10 if n <= 2 else None))
    with caplog.at_level(logging.WARNING), open_url(f"{site.url}/clip.mp4", patience=QUICK) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(40))
    assert [frame.timestamp_s for frame in frames] == pytest.approx([i / 10 for i in range(40)])
    assert site.requests == 3
    lost = [record.getMessage() for record in caplog.records if "connection lost" in record.getMessage()]
    assert len(lost) == 2
    assert "trying again in 0.01 s" in lost[0]
    assert "reconnected" in caplog.text


def test_a_recording_that_never_gets_further_is_given_up(make_video, serve):
    path = make_video(num_frames=40, noise=True, size=(160, 120), options={"movflags": "+faststart"})
    data = path.read_bytes()
    site = serve(lambda handler, n: send_file(handler, data, sent=len(data) // 2))
    frames = []
    with open_url(f"{site.url}/clip.mp4", patience=SHORT) as source:  # noqa: SIM117
        with pytest.raises(ConnectionError, match=r"dropped after frame \d+ and did not come back for .* s \("):
            for frame in source:
                frames.append(frame.index)  # noqa: PERF401  # those before the error count
    assert frames == list(range(len(frames)))
    assert 10 < len(frames) < 40
    assert site.requests >= 2


def test_a_live_stream_continues_after_a_drop(make_video, serve, caplog):
    data = make_video("live.ts", num_frames=10).read_bytes()

    def answer(handler: BaseHTTPRequestHandler, n: int) -> None:
        if n > 2:
            handler.send_error(503)
        else:
            send_endless(handler, [data], "video/mp2t")

    site = serve(answer)
    frames = []
    source = open_url(f"{site.url}/live", newest=False, patience=replace(SHORT, reconnect_for_s=1.0))
    with source, caplog.at_level(logging.WARNING), pytest.raises(ConnectionError, match="Everything written so far"):
        for frame in source:
            frames.append(frame)  # noqa: PERF402  # those before the error count
    assert source.is_live
    assert source.num_frames is None
    assert [frame.index for frame in frames] == list(range(20))
    times = np.array([frame.timestamp_s for frame in frames])
    assert times[0] == 0
    assert (np.diff(times) > 0).all()
    assert times[:10] == pytest.approx(np.arange(10) / 10, abs=1e-3)
    assert np.diff(times[10:]) == pytest.approx(np.full(9, 0.1), abs=1e-3)
    assert caplog.text.count("connection lost") >= 2
    assert source.size == (64, 48)


def test_pictures_of_a_network_camera_are_timed_by_their_arrival(serve):
    site = serve(lambda handler, n: send_endless(handler, mjpeg_parts(12), MJPEG, pause_s=0.05))
    started = time.monotonic()
    with open_url(f"{site.url}/video.mjpg", newest=False, patience=QUICK, max_frames=8) as source:
        frames = list(source)
    passed_s = time.monotonic() - started
    assert source.is_live
    assert len(frames) == 8
    # The camera sends 20 pictures a second; its container would say 25.
    assert frames[-1].timestamp_s <= passed_s
    assert frames[-1].timestamp_s > 0.2


def test_a_slow_reader_gets_the_newest_picture(serve):
    site = serve(lambda handler, n: send_endless(handler, mjpeg_parts(25), MJPEG, pause_s=0.04))
    given = []
    with open_url(f"{site.url}/video.mjpg", patience=QUICK, max_frames=4) as source:
        for frame in source:
            given.append((frame.index, round(float(frame.pixels.mean()) / 10)))
            time.sleep(0.15)
    gaps = np.diff([index for index, _ in given])
    assert (gaps >= 1).all()
    assert gaps.max() >= 2, "pictures that were not read in time are dropped"
    lag = np.array([picture - index for index, picture in given])
    assert np.abs(lag - lag[0]).max() <= 1


def test_closing_a_live_stream_stops_its_thread(serve):
    site = serve(lambda handler, n: send_endless(handler, mjpeg_parts(25) * 40, MJPEG, pause_s=0.01))
    source = open_url(f"{site.url}/video.mjpg", patience=QUICK)
    next(iter(source))
    assert any(thread.name == "newest-frame" for thread in threading.enumerate())
    source.close()
    source.close()
    assert not any(thread.name == "newest-frame" for thread in threading.enumerate())


def test_a_web_page_is_not_a_video(serve):
    site = serve(lambda handler, n: send_file(handler, b"<html>log in first</html>" * 100))
    with pytest.raises(ValueError, match="it responds, but not with a video"):
        open_url(f"{site.url}/video", patience=QUICK)


def test_an_address_that_is_not_there(serve):
    site = serve(lambda handler, n: handler.send_error(404))
    with pytest.raises(ConnectionError, match=r"/gone\.mp4: cannot connect \(.*404 Not Found.*\)"):
        open_url(f"{site.url}/gone.mp4", patience=QUICK)


def test_a_sender_that_never_answers():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        started = time.monotonic()
        with pytest.raises(ConnectionError, match=r"cannot connect \(no answer for 0\.3 s\)"):
            open_url(f"rtsp://127.0.0.1:{port}/camera", patience=Patience(answer_s=0.3))
    assert time.monotonic() - started < 3


def test_no_server_listens_and_the_password_stays_secret():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionError, match=f"^rtsp://127.0.0.1:{port}/camera: cannot connect .*refused") as caught:
        open_url(f"rtsp://user:secret@127.0.0.1:{port}/camera", patience=QUICK)
    assert "secret" not in str(caught.value)


def test_a_camera_that_is_not_there():
    if Path("/dev/video77").exists() or not Path("/dev").exists():
        pytest.skip("needs a computer without camera 77")
    with pytest.raises(FileNotFoundError, match="camera 77: no such device /dev/video77"):
        open_source("77")
    with pytest.raises(ValueError, match="camera numbers start at 0"):
        open_source(-1)


def test_waits_double_up_to_the_longest():
    patience = Patience(first_delay_s=1, longest_delay_s=5)
    assert [patience.delay_s(attempt) for attempt in (1, 2, 3, 4, 9)] == [1, 2, 4, 5, 5]
    with pytest.raises(ValueError, match="expected positive times"):
        Patience(answer_s=0)


def test_newest_gives_the_last_item_and_passes_errors_on():
    go_on = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        go_on.wait(2)
        yield from range(2, 10)
        raise ValueError("broken")

    newest = iter(LatestFrame(items()))
    assert next(newest) == 1
    go_on.set()
    time.sleep(0.1)
    assert next(newest) == 9
    with pytest.raises(ValueError, match="broken"):
        next(newest)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
@pytest.mark.parametrize("length_is_told", [True, False])
def test_a_recording_that_ends_is_not_mistaken_for_a_broken_one(make_video, serve, caplog, ending, length_is_told):
    data = make_video(f"clip{ending}", options={"movflags": "+faststart"} if ending == ".mp4" else {}).read_bytes()
    send = send_file if length_is_told else lambda handler, data: send_endless(handler, [data], "video/x")
    site = serve(lambda handler, n: send(handler, data))
    with caplog.at_level(logging.WARNING), open_url(f"{site.url}/clip", patience=SHORT) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(20))
    assert not source.is_live
    assert caplog.text == ""


def test_a_file_of_known_length_ends_even_without_a_duration(make_video, serve, caplog):
    data = make_video("clip.ts", num_frames=40).read_bytes()
    # Cut once on the way: it is read again, and each frame is given once.
    site = serve(lambda handler, n: send_file(handler, data, sent=len(data) // 2 if n == 1 else None))
    with caplog.at_level(logging.WARNING), open_url(f"{site.url}/clip.ts", patience=SHORT) as source:
        frames = list(source)
    assert not source.is_live
    assert [frame.index for frame in frames] == list(range(40))
    assert site.requests <= 3
    assert "reconnected" in caplog.text


def test_a_recording_with_its_index_at_its_end_is_read_from_a_server_that_sends_whole_files_only(make_video, serve):
    data = make_video(num_frames=60, noise=True, size=(320, 240)).read_bytes()
    assert data.find(b"moov") > 100_000

    def answer(handler: BaseHTTPRequestHandler, n: int) -> None:
        if "Authorization" in handler.headers:
            send_file(handler, data)
        else:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="cameras"')
            handler.end_headers()

    site = serve(answer)
    with open_url(site.url.replace("//", "//me:secret@") + "/clip.mp4", patience=SHORT) as source:
        assert [frame.index for frame in source] == list(range(60))


def test_a_live_stream_whose_clock_restarts_or_jumps_loses_no_frame(make_video, serve):
    data = make_video("live.ts", num_frames=10).read_bytes()
    early, late = make_video("early.ts", num_frames=5).read_bytes(), far_ahead(make_video, "late.ts", num_frames=1)
    parts = [data, early, late, data]
    site = serve(lambda handler, n: send_endless(handler, parts, "video/mp2t", pause_s=0.05))
    with open_url(f"{site.url}/live", newest=False, patience=SHORT, max_frames=26) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(26))
    steps = np.diff([frame.timestamp_s for frame in frames])
    assert (steps > 0).all()
    assert steps.max() < 5, "a jump of the clock is no time that passed"


def far_ahead(make_video, name: str, *, num_frames: int) -> bytes:
    """An MPEG stream whose clock begins after three hours."""
    times_ms = [3 * 3_600_000 + 100 * index for index in range(num_frames)]
    return make_video(name, num_frames=num_frames, times_ms=times_ms).read_bytes()


def test_a_live_stream_that_changes_its_size_is_scaled_to_the_first(make_video, serve, caplog):
    parts = [
        make_video("a.ts", num_frames=5).read_bytes(),
        make_video("b.ts", num_frames=5, size=(128, 96)).read_bytes(),
    ]
    site = serve(lambda handler, n: send_endless(handler, parts, "video/mp2t"))
    with caplog.at_level(logging.WARNING):  # noqa: SIM117
        with open_url(f"{site.url}/live", newest=False, patience=SHORT, max_frames=10) as source:
            frames = list(source)
    assert {frame.pixels.shape for frame in frames} == {(48, 64, 3)}
    assert caplog.text.count("the picture size changed to 128x96; pictures are scaled to 64x48") == 1


def test_frames_that_came_and_were_not_taken_are_counted(serve):
    site = serve(lambda handler, n: send_endless(handler, mjpeg_parts(25), MJPEG, pause_s=0.02))
    with open_url(f"{site.url}/video.mjpg", patience=QUICK, max_frames=3) as source:
        for _ in source:
            time.sleep(0.15)
        assert source.num_dropped > 3


def test_live_streams_are_retried_indefinitely_by_default(serve, make_video):
    data = make_video("live.ts", num_frames=5).read_bytes()
    assert Patience().reconnect_for_s is None
    tries = 12

    def answer(handler: BaseHTTPRequestHandler, n: int) -> None:
        if 1 < n < tries:
            handler.send_error(503)
        else:
            send_endless(handler, [data], "video/mp2t")

    patience = Patience(answer_s=2, first_delay_s=0.01, longest_delay_s=0.02)
    with open_url(f"{serve(answer).url}/live", newest=False, patience=patience, max_frames=10) as source:
        assert len(list(source)) == 10


def test_closing_does_not_wait_for_a_silent_sender(make_video, serve):
    data = make_video("live.ts", num_frames=30, noise=True).read_bytes()
    go_on = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, n: int) -> None:
        send_endless(handler, [data], "video/mp2t")
        go_on.wait(20)

    site = serve(answer)
    source = open_url(f"{site.url}/live", patience=Patience(answer_s=15))
    next(iter(source))
    started = time.monotonic()
    source.close()
    go_on.set()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("url", "shown", "name"),
    [
        (
            "rtsp://admin:p@ssw0rd@10.0.0.7:554/Streaming/Channels/101",
            "rtsp://10.0.0.7:554/Streaming/Channels/101",
            "101",
        ),
        ("rtsp://admin:a/b@127.0.0.1:5/x", "rtsp://127.0.0.1:5/x", "x"),
        ("rtsp://admin:1/2@127.0.0.1:5/x", "rtsp://127.0.0.1:5/x", "x"),
        ("rtsp://admin:a?b#c@127.0.0.1:5/x", "rtsp://127.0.0.1:5/x", "x"),
        ("http://user:secret@127.0.0.1:8801/", "http://127.0.0.1:8801/", "127_0_0_1"),
        ("http://10.0.0.7/cgi?user=admin&pwd=secret", "http://10.0.0.7/cgi", "cgi"),
        ("http://10.0.0.7:8080/live@main.mp4", "http://10.0.0.7:8080/live@main.mp4", "live_main"),
        ("rtsp://h.x/user=a_password=tlJwpbo6_channel=1.sdp", "rtsp://h.x/user=a_password=..._channel=1.sdp", None),
        ("rtsp://[fe80::1]:554/a/", "rtsp://[fe80::1]:554/a/", "a"),
        ("rtsp://cam.local", "rtsp://cam.local", "cam_local"),
    ],
)
def test_no_part_of_a_password_is_shown(url: str, shown: str, name: str | None):
    assert shown_address(url) == shown
    assert "tlJ" not in address_name(url)
    assert name in (None, address_name(url))


def test_signs_in_a_password_that_have_to_be_escaped_are_named():
    with pytest.raises(ConnectionError, match="In user and password write @ as %40") as caught:
        open_url("rtsp://admin:p@ss/w@127.0.0.1:9/live", patience=QUICK)
    assert "ss/w" not in str(caught.value)
    assert not has_unescaped_login("rtsp://admin:p%40ss@10.0.0.7/live")


def test_not_even_with_a_traceback_is_a_password_shown():
    password = "".join(["sec", "ret"])  # the traceback shows lines of this file
    with pytest.raises(ConnectionError) as caught:
        open_url(f"http://user:{password}@127.0.0.1:9/live", patience=QUICK)
    assert password not in "".join(traceback.format_exception(caught.value))


def test_an_iteration_that_is_never_begun_leaves_no_thread(serve):
    site = serve(lambda handler, n: send_endless(handler, mjpeg_parts(25) * 40, MJPEG, pause_s=0.01))
    source = open_url(f"{site.url}/video.mjpg", patience=QUICK)
    unused = track(source, detector=lambda frame: [])
    del unused
    assert not any(thread.name == "newest-frame" for thread in threading.enumerate())
    source.close()


def test_a_closed_latest_frame_gives_nothing():
    newest = LatestFrame(iter([1, 2]))
    assert newest.close()
    assert list(newest) == []
