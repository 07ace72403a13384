"""The browser app of `outrack app`. Needs Starlette, uvicorn and Jinja2: pip install "outrack[app]"."""

from outrack.app.server import PortInUseError, serve
from outrack.app.settings import AppSettings

__all__ = ["AppSettings", "PortInUseError", "serve"]
