"""The server's responses: the page, uploads, jobs, pictures, results."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from outrack import __version__
from outrack.app.sessions import Session, Sessions
from outrack.app.settings import SPEEDS, AppSettings
from outrack.app.tracking import track_job
from outrack.app.uploads import UploadError, check_video, receive, safe_name, too_large

__all__ = ["make_app"]

Handler = Callable[[Request], Awaitable[Response]]

EVENT_S = 0.25
"""Seconds between two reports to a browser."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Pages:
    """The request handlers of one server.

    Args:
        settings: limits and choices.
        sessions: sessions of all browsers.
    """

    def __init__(self, settings: AppSettings, sessions: Sessions) -> None:
        self._settings, self._sessions = settings, sessions
        environment = Environment(loader=PackageLoader("outrack.app"), autoescape=True, undefined=StrictUndefined)
        self._index = environment.get_template("app.html")

    async def index(self, request: Request) -> Response:
        """The page; starts a session."""
        token = request.cookies.get(_cookie(request))
        page = self._index.render(
            version=__version__,
            networks=self._settings.networks(),
            cameras=self._settings.camera_names(),
            speeds=SPEEDS,
            max_upload=self._settings.max_upload_bytes,
        )
        response = HTMLResponse(page)
        if self._sessions.find(token) is None:
            response.set_cookie(_cookie(request), self._sessions.begin(), httponly=True, samesite="strict")
        return response

    async def upload(self, request: Request) -> Response:
        """Receive a video as the body of the request."""
        session = self._session(request)
        if session.is_uploading:
            raise UploadError("Another upload of this browser is in progress. Wait until it ends.", status=409)
        if session.job is not None and session.job.is_running:
            raise UploadError("This browser is tracking a video. Stop it first.", status=409)
        limit = self._settings.max_upload_bytes
        if int(request.headers.get("content-length", 0)) > limit:
            raise UploadError(too_large(limit), status=413)
        session.is_uploading = True
        try:
            if session.upload is not None:
                session.upload.unlink(missing_ok=True)
                session.upload = None
            path = session.folder / safe_name(request.query_params.get("name", ""))
            await receive(request.stream(), path, max_bytes=limit)
            try:
                found = await asyncio.to_thread(check_video, path)
            except UploadError:
                path.unlink(missing_ok=True)
                raise
            session.upload = path
            return JSONResponse(found)
        finally:
            session.is_uploading = False

    async def start(self, request: Request) -> Response:
        """Track the upload or a camera."""
        session = self._session(request)
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise UploadError("Expected the tracking request as JSON.")
        job = self._sessions.start(session, track_job(asked, self._settings, session.upload, session.results))
        return JSONResponse(job.shown())

    async def stop(self, request: Request) -> Response:
        """End the job; its files are complete."""
        job = self._session(request).job
        if job is not None:
            job.stop()
        return JSONResponse({})

    async def events(self, request: Request) -> Response:
        """Progress of the job, four times a second, while the page is open."""
        session = self._session(request)

        async def stream() -> AsyncIterator[str]:
            session.listeners += 1
            try:
                last = ""
                while not await request.is_disconnected():
                    shown: dict[str, Any] = {"state": "idle"} if session.job is None else session.job.shown()
                    text = json.dumps(shown)
                    yield f"data: {text}\n\n" if text != last else ":\n\n"
                    last = text
                    await asyncio.sleep(EVENT_S)
            finally:
                session.listeners -= 1
                session.left = time.monotonic()

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def preview(self, request: Request) -> Response:
        """The newest painted frame."""
        job = self._session(request).job
        picture = None if job is None else await asyncio.to_thread(job.preview)
        return Response(status_code=404) if picture is None else Response(picture, media_type="image/jpeg")

    async def result(self, request: Request) -> Response:
        """A result file, to show, or with `?download` to download."""
        session = self._session(request)
        path = session.results / Path(request.path_params["name"]).name
        if not path.is_file() or (session.job is not None and session.job.is_running):
            return Response("No such result.", status_code=404)
        return FileResponse(path, filename=path.name if "download" in request.query_params else None)

    def _session(self, request: Request) -> Session:
        session = self._sessions.find(request.cookies.get(_cookie(request)))
        if session is None:
            raise UploadError("The server was restarted, or this session expired. Reload the page.", status=403)
        return session


def make_app(settings: AppSettings, sessions: Sessions, *, hosts: list[str]) -> Starlette:
    """The application; `hosts` are the accepted host names, `*` for any."""
    pages = Pages(settings, sessions)

    @asynccontextmanager
    async def sweeping(_: Starlette) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(_sweep(sessions))
        yield
        sweeper.cancel()

    return Starlette(
        routes=[
            Route("/", _answering(pages.index)),
            Route("/upload", _answering(pages.upload), methods=["POST"]),
            Route("/start", _answering(pages.start), methods=["POST"]),
            Route("/stop", _answering(pages.stop), methods=["POST"]),
            Route("/events", _answering(pages.events)),
            Route("/preview.jpg", _answering(pages.preview)),
            Route("/results/{name}", _answering(pages.result)),
            Mount("/static", StaticFiles(packages=[("outrack.app", "static")])),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
        lifespan=sweeping,
    )


def _answering(handler: Handler) -> Handler:
    """Wraps a handler: errors become messages, responses get common headers, and requests from other sites are
    refused."""

    async def answer(request: Request) -> Response:
        origin = request.headers.get("origin")
        if request.method == "POST" and origin and origin.partition("://")[2] != request.headers.get("host"):
            return JSONResponse({"message": "Requests from other sites are refused."}, status_code=403)
        try:
            response = await handler(request)
        except UploadError as error:
            response = JSONResponse({"message": str(error)}, status_code=error.status)
        except ClientDisconnect:
            return Response(status_code=400)
        response.headers.update(HEADERS)
        return response

    return answer


async def _sweep(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(sessions.sweep)


def _cookie(request: Request) -> str:
    """By port, since browsers share cookies between the servers of one host."""
    return f"outrack-{request.url.port or 80}"
