"""Browsers that leave, too many jobs, and uploads that are not videos."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from outrack.app.job import View
from outrack.app.sessions import Session, Sessions
from outrack.app.settings import AppSettings
from outrack.app.uploads import UploadError, check_video, receive, safe_name
from outrack.jobs.track_job import TrackJob
from outrack.structures import Detections, Frame, Tracks
from outrack.video.loop import FrameResult

NO_TRACKS = Tracks(np.empty((0, 4)), *[np.empty(0, np.int64)] * 5)  # type: ignore[arg-type]


class Endless:
    """Stands for a job that tracks until it is stopped."""

    name, show_trails, show_occlusion = "endless", False, False

    def __init__(self, folder: Path) -> None:
        self._file = folder / "endless.txt"

    def run(self, view: View) -> Any:
        with view(self.name, None):
            while True:
                view.advance(FrameResult(Frame(np.zeros((4, 4, 3), np.uint8), 0, 0.0), Detections.empty(), NO_TRACKS))
                time.sleep(0.01)


def endless(session: Session) -> TrackJob:
    return cast("TrackJob", Endless(session.results))


@pytest.fixture
def settings() -> AppSettings:
    return AppSettings(cameras=(), max_jobs=1, max_sessions=2, leave_s=0.05, keep_s=0.1)


def new(sessions: Sessions) -> Session:
    session = sessions.find(sessions.begin())
    assert session is not None
    return session


def test_the_job_of_a_browser_that_left_stops_and_its_files_go(settings: AppSettings) -> None:
    with Sessions(settings) as sessions:
        session = new(sessions)
        session.listeners = 1
        job = sessions.start(session, endless(session))
        time.sleep(0.15)
        sessions.sweep()
        assert job.is_running  # its page is open
        session.listeners, session.left = 0, time.monotonic()
        sessions.sweep()
        time.sleep(0.15)
        sessions.sweep()
        job.wait(5.0)
        assert job.shown()["state"] == "stopped"
        sessions.sweep()
        assert not session.folder.exists()


def test_as_many_jobs_run_as_may_and_one_for_each_browser(settings: AppSettings) -> None:
    with Sessions(settings) as sessions:
        first, second = new(sessions), new(sessions)
        job = sessions.start(first, endless(first))
        with pytest.raises(UploadError, match="This browser is already tracking"):
            sessions.start(first, endless(first))
        with pytest.raises(UploadError, match="1 videos are already being tracked"):
            sessions.start(second, endless(second))
        job.stop()
        job.wait(5.0)
        sessions.start(second, endless(second))  # the place is free again
    assert not first.folder.exists()


def test_the_browser_that_left_first_makes_room(settings: AppSettings) -> None:
    with Sessions(settings) as sessions:
        first, second = new(sessions), new(sessions)
        second.listeners = 1
        third = new(sessions)
        assert (first.folder.exists(), second.folder.exists()) == (False, True)
        third.listeners = 1
        with pytest.raises(UploadError, match="Try again later"):
            new(sessions)


def test_a_job_that_fails_says_why_without_folders(settings: AppSettings) -> None:
    with Sessions(settings) as sessions:
        session = new(sessions)

        def fail(view: View) -> None:
            raise ValueError(f"{session.folder}/street.mp4: this is not a video")

        broken = SimpleNamespace(name="street", show_trails=False, show_occlusion=False, run=fail)
        job = sessions.start(session, cast("TrackJob", broken))
        job.wait(5.0)
        shown = job.shown()
        assert (shown["state"], shown["message"]) == ("failed", "street.mp4: this is not a video")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("street.mp4", "street.mp4"),
        ("../../etc/passwd", "passwd.video"),
        ("C:\\films\\a b.mov", "a b.mov"),
        (".hidden", "video.hidden"),
        ("-o.mp4", "o.mp4"),
        ("Straße [1]*.mkv", "Straße _1.mkv"),
        ("", "video.video"),
        ("x" * 300 + ".mp4", "x" * 80 + ".mp4"),
    ],
)
def test_names_of_uploads_are_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_an_upload_that_grows_too_large_leaves_nothing(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(400_000)

    path = tmp_path / "a.mp4"
    with pytest.raises(UploadError, match="larger than 1 MB"):
        asyncio.run(receive(chunks(), path, max_bytes=1_000_000))
    assert not path.exists()
    asyncio.run(receive(chunks(), path, max_bytes=1_200_000))
    assert path.stat().st_size == 1_200_000


def test_playlists_that_name_other_files_are_refused(people: Path, tmp_path: Path) -> None:
    """FFmpeg would read whatever file or address they name."""
    assert check_video(people)["frames"] == 10
    hls = tmp_path / "list.mp4"
    hls.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{people}\n#EXT-X-ENDLIST\n")
    concat = tmp_path / "concat.mp4"
    concat.write_text(f"ffconcat version 1.0\nfile {people.name}\n")
    (tmp_path / people.name).write_bytes(people.read_bytes())
    for path in (hls, concat):
        with pytest.raises(UploadError, match="is not a readable video"):
            check_video(path)
