"""Addresses of streams, without their secrets."""

from __future__ import annotations

import re
from urllib.parse import unquote

__all__ = ["address_host", "address_name", "has_unescaped_login", "is_address", "shown_address"]

_HOST_AND_PORT = re.compile(r"(localhost|[\w-]+(\.[\w-]+)+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?")
_SECRET = re.compile(r"((?:pass(?:word|wd)?|pwd|token|secret)=)[^/&;]*?(?=[/&;]|_[a-z]+=|$)", re.IGNORECASE)


def is_address(source: object) -> bool:
    """Whether a source is the address of a stream; `file://` addresses are files."""
    return isinstance(source, str) and "://" in source and not source.startswith("file://")


def shown_address(url: str) -> str:
    """An address as messages may show it: without user, password and query, which may also contain passwords.

    Passwords with `@`, `/` or `?` should be escaped, often are not, and stay secret in any case.
    """
    scheme, _, rest = url.partition("://")
    rest = rest.removeprefix(_login(url))
    rest = re.split("[?#]", rest, maxsplit=1)[0]
    return f"{scheme}://" + _SECRET.sub(r"\1...", rest)


def has_unescaped_login(url: str) -> bool:
    """Whether user or password contain unescaped special characters."""
    return any(sign in _login(url)[:-1] for sign in "/?#@")


def _login(url: str) -> str:
    """User and password with the `@` after them; empty if there is none."""
    told, at, _ = url.partition("://")[2].rpartition("@")
    host = re.split("[/?#]", told, maxsplit=1)[0]
    return told + at if at and (host == told or not _HOST_AND_PORT.fullmatch(host)) else ""


def address_name(url: str) -> str:
    """The last part of an address's path without its ending, or else its host; letters, digits, `-` and `_` only."""
    host, _, path = shown_address(url).partition("://")[2].partition("/")
    last_part = unquote(path).rstrip("/").rpartition("/")[2].rpartition(".")
    return _plain(last_part[0] or last_part[2] or re.sub(r":\d*$", "", host) or "stream")


def address_host(url: str) -> str:
    """Host and port of an address; letters, digits, `-` and `_` only."""
    return _plain(shown_address(url).partition("://")[2].partition("/")[0])


def _plain(text: str) -> str:
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "stream"
