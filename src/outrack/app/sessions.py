"""Browser sessions: each has a folder, an upload and a job, which are removed when it ends."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path

from outrack.app.job import Job
from outrack.app.settings import AppSettings
from outrack.app.uploads import UploadError
from outrack.jobs.track_job import TrackJob

__all__ = ["Session", "Sessions"]

_CLOSING_S = 5.0


class Session:
    """One browser.

    Attributes:
        folder: folder of all its files.
        upload: its video, once it is complete.
        is_uploading: whether an upload is in progress.
        job: its latest job.
        listeners: number of its open pages.
        left: when the last page was closed, or the session started, by the monotonic clock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.upload: Path | None = None
        self.is_uploading = False
        self.job: Job | None = None
        self.listeners = 0
        self.left = time.monotonic()
        self.results.mkdir(parents=True)

    @property
    def results(self) -> Path:
        """Folder of the downloadable files."""
        return self.folder / "results"

    def away_s(self) -> float:
        """Seconds since its last page was closed; 0 while one is open."""
        return 0.0 if self.listeners else time.monotonic() - self.left

    def clear_results(self) -> None:
        """Remove the files of an earlier job."""
        shutil.rmtree(self.results, ignore_errors=True)
        self.results.mkdir()


class Sessions:
    """All browser sessions of one server. A context manager, which removes all files at its end.

    Args:
        settings: the limits.
    """

    def __init__(self, settings: AppSettings) -> None:
        self._settings = settings
        self._root = tempfile.TemporaryDirectory(prefix="outrack-app-", ignore_cleanup_errors=True)
        self._sessions: dict[str, Session] = {}
        self._slots = threading.Semaphore(settings.max_jobs)

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *_: object) -> None:
        jobs = [session.job for session in self._sessions.values() if session.job is not None]
        for job in jobs:
            job.stop()
        for job in jobs:
            job.wait(_CLOSING_S)
        self._root.cleanup()

    def find(self, token: str | None) -> Session | None:
        """The session with this cookie."""
        return None if token is None else self._sessions.get(token)

    def begin(self) -> str:
        """Begin a new session; returns its token.

        Raises:
            UploadError: the limit on sessions is reached.
        """
        if len(self._sessions) >= self._settings.max_sessions:
            self._make_room()
        token = secrets.token_urlsafe(24)
        self._sessions[token] = Session(Path(self._root.name) / secrets.token_hex(8))
        return token

    def start(self, session: Session, track: TrackJob) -> Job:
        """Start a job for a browser and remove its earlier results.

        Raises:
            UploadError: its previous job is running, or the limit on jobs is reached.
        """
        if session.job is not None and session.job.is_running:
            raise UploadError("This browser is already tracking a video. Stop it first.", status=409)
        if not self._slots.acquire(blocking=False):
            raise UploadError(
                f"{self._settings.max_jobs} videos are already being tracked, the limit of this server. Try again "
                "when one of them has finished.",
                status=429,
            )
        session.clear_results()
        session.job = Job(track, session.results, self._slots)
        return session.job

    def sweep(self) -> None:
        """Stop the jobs of browsers that have left, and remove files of sessions that expired."""
        for token, session in list(self._sessions.items()):
            if session.is_uploading:
                continue
            away_s = session.away_s()
            running = session.job is not None and session.job.is_running
            if running and session.job is not None and away_s > self._settings.leave_s:
                session.job.stop()
            if not running and away_s > self._settings.keep_s:
                self._remove(token)

    def _make_room(self) -> None:
        """Remove the session that was left first and has no running job."""
        idle = [
            (session.left, token)
            for token, session in self._sessions.items()
            if not session.listeners and not session.is_uploading and not (session.job and session.job.is_running)
        ]
        if not idle:
            raise UploadError("This server has reached its limit of browsers. Try again later.", status=503)
        self._remove(min(idle)[1])

    def _remove(self, token: str) -> None:
        shutil.rmtree(self._sessions.pop(token).folder, ignore_errors=True)
