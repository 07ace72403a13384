"""Serves the app at an address until Ctrl-C."""

from __future__ import annotations

import errno
import ipaddress
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

from outrack.app.sessions import Sessions
from outrack.app.settings import AppSettings
from outrack.io.interrupts import Interrupts

__all__ = ["PortInUseError", "is_loopback", "serve"]

logger = logging.getLogger(__name__)

LOCAL_NAMES = ["localhost", "127.0.0.1"]
_CLOSING_S = 1


class PortInUseError(OSError):
    """The port is already in use."""


def serve(settings: AppSettings, *, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve browsers until Ctrl-C, then stop all jobs and remove their files.

    Args:
        settings: limits and choices.
        host: address to listen at; a loopback address is reachable only from this computer.
        port: to listen at; 0 takes a free one.
        on_ready: called with the address of the page.

    Raises:
        ImportError: Starlette, uvicorn or Jinja2 is missing.
        PortInUseError: the port is already in use.
        OSError: the address does not belong to this computer, or the port is not permitted.
    """
    try:
        import uvicorn

        from outrack.app.pages import make_app
    except ModuleNotFoundError as error:
        raise ImportError(f'the browser app needs {error.name}: pip install "outrack[app]"') from error
    local = is_loopback(host)
    with suppress(KeyboardInterrupt), Interrupts(), _bound(host, port) as listener, Sessions(settings) as sessions:
        if not local:
            logger.warning(
                "%s is reachable from other computers, without a password: anyone who reaches it can upload videos "
                "and watch the offered cameras",
                host,
            )
        app = make_app(settings, sessions, hosts=LOCAL_NAMES if local else ["*"])
        config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=_CLOSING_S)
        on_ready(f"http://{'127.0.0.1' if local else host}:{listener.getsockname()[1]}/")
        uvicorn.Server(config).run(sockets=[listener])  # which re-raises the signal that ended it


def is_loopback(host: str) -> bool:
    """Whether an address is reachable only from this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # here, so that a port in use is reported at once
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                errno.EADDRINUSE, f"port {port} of {host} is in use. Stop what uses it, or choose another with --port"
            ) from error
        raise OSError(
            error.errno, f"cannot listen at {host}:{port} ({error.strerror or error}). Choose another --host or --port"
        ) from error
    return listener
