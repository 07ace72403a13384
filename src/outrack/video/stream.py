"""Streams and recordings at an address."""

from __future__ import annotations

import base64
import logging
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import av
from av.container import InputContainer

from outrack.video.address import address_name, has_unescaped_login, shown_address
from outrack.video.connection import Connection, Patience
from outrack.video.live import LiveStream
from outrack.video.recording import Recording

__all__ = ["open_url"]

logger = logging.getLogger(__name__)

_PLAYLISTS = frozenset({"hls", "dash", "hls,applehttp"})


def open_url(
    url: str,
    *,
    newest: bool | None = None,
    patience: Patience | None = None,
    stride: int = 1,
    max_frames: int | None = None,
) -> LiveStream | Recording:
    """A live stream or a recording at an address (rtsp, http, rtmp, udp, ...); a recording has a known duration.

    Args:
        url: the address.
        newest: yield only the latest frame, so that lag never grows. None: only for a live stream.
        patience: how long to wait for a dropped connection.
        stride, max_frames: as for every source.

    Raises:
        ConnectionError: it does not respond.
        ValueError: it responds, but not with a video.
    """
    patience = patience or Patience()
    scheme = url.partition("://")[0].lower()
    # TCP loses no packets, and most cameras and networks support it.
    options = {"rtsp_transport": "tcp"} if scheme.startswith("rtsp") else {}

    def connect() -> InputContainer:
        return av.open(url, options=options, timeout=patience.answer_s)

    hint = " In user and password write @ as %40, / as %2F, ? as %3F, # as %23." if has_unescaped_login(url) else ""
    connection = Connection(connect, label=shown_address(url), patience=patience, hint=hint)
    name = address_name(url)
    if scheme not in ("http", "https") or not _has_an_end(connection.container):
        return LiveStream(connection, name=name, newest=newest is not False, stride=stride, max_frames=max_frames)

    def fetch() -> InputContainer:
        return _fetched(url, connection.label, answer_s=patience.answer_s)

    return Recording(connection, name=name, newest=bool(newest), fetch=fetch, stride=stride, max_frames=max_frames)


def _has_an_end(container: InputContainer) -> bool:
    """Whether a web address is a recording: it has a duration, or a size, such as an MPEG stream that is served as a
    file. A playlist has a size, too, but may be live."""
    return container.duration is not None or (container.size > 0 and container.format.name not in _PLAYLISTS)


def _fetched(url: str, label: str, *, answer_s: float) -> InputContainer:
    """The whole of a recording, in a temporary file.

    Raises:
        ConnectionError: it cannot be downloaded.
    """
    logger.warning("%s: its index is at its end and the server supports no range requests; downloading it first", label)
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    request = Request(parts._replace(netloc=host).geturl())
    if user:
        request.add_header("Authorization", "Basic " + base64.b64encode(unquote(user).encode()).decode())
    with tempfile.NamedTemporaryFile(prefix="outrack-", delete=False) as file:
        path = Path(file.name)
        try:
            with urlopen(request, timeout=answer_s) as answer:
                shutil.copyfileobj(answer, file)
            file.flush()
            return av.open(file.name)
        except (OSError, av.error.FFmpegError) as error:
            failure = ConnectionError(f"{label}: cannot be downloaded ({type(error).__name__}). Is the network up?")
        finally:
            with suppress(PermissionError):  # Windows cannot remove an open file; elsewhere it is removed when closed
                path.unlink()
    raise failure  # outside the handler: its traceback would show the address with its password
