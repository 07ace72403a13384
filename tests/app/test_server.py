"""Requests that the server refuses."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from outrack.app.server import is_loopback
from outrack.cli import main

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def cookie(server: str) -> str:
    """Of a new session."""
    connection = HTTPConnection(urlsplit(server).netloc)
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    cookie = str(answer.getheader("set-cookie"))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    return cookie.split(";")[0]


@pytest.fixture
def ask(server: str, cookie: str) -> Ask:
    """Asks with the cookie, unless other headers are given."""

    def ask(method: str, path: str, body: bytes | str = b"", **headers: str) -> tuple[int, str]:
        connection = HTTPConnection(urlsplit(server).netloc)
        connection.request(method, path, body, {"Cookie": cookie, **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    return ask


def test_other_sites_and_other_names_are_refused(ask: Ask) -> None:
    assert ask("POST", "/stop", Origin="http://evil.example")[0] == 403
    assert ask("GET", "/", Host="evil.example")[0] == 400  # a name that a foreign page made to lead here
    status, text = ask("POST", "/start", "{}", Cookie="outrack-1=guessed")
    assert (status, "Reload the page" in text) == (403, True)


def test_uploads_have_a_limit(ask: Ask) -> None:
    status, text = ask("POST", "/upload?name=a.mp4", b"", **{"Content-Length": "1000001"})
    assert (status, "larger than 1 MB" in text) == (413, True)
    assert ask("POST", "/upload?name=a.mp4", b"") == (400, '{"message":"The file is empty."}')


def test_only_offered_sources_can_be_tracked(ask: Ask, people: Path) -> None:
    assert ask("POST", "/start", "{}")[0] == 409  # no video yet
    assert ask("POST", "/start", "nonsense")[0] == 400
    assert ask("POST", "/upload?name=../../a.mp4", people.read_bytes())[0] == 200
    for wrong in ({"camera": 99}, {"camera": "rtsp://10.0.0.1/"}, {"network": "/etc/passwd"}, {"speed": "warp"}):
        status, text = ask("POST", "/start", json.dumps(wrong))
        assert (status, "not offered here" in text) == (400, True), wrong


def test_no_file_but_results_is_given(ask: Ask) -> None:
    for path in ("/results/..%2Fcrossing.mp4", "/results/%2Fetc%2Fpasswd", "/results/none.mp4", "/preview.jpg"):
        assert ask("GET", path)[0] == 404


def test_a_port_in_use_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("uvicorn")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["app", "--port", str(port)]) == 1
    error = capsys.readouterr().err
    assert error == f"error: port {port} of 127.0.0.1 is in use. Stop what uses it, or choose another with --port\n"


def test_loopback_addresses_are_recognised() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.3.2.1", "localhost", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "192.168.1.7", "example.com")))


def test_an_upload_at_a_time_and_none_is_left_of_a_browser_that_leaves(
    server: str, cookie: str, ask: Ask, people: Path
) -> None:
    place = urlsplit(server)
    with socket.create_connection((str(place.hostname), int(place.port or 0))) as half:
        headers = f"Host: {place.netloc}\r\nCookie: {cookie}\r\nContent-Length: 9\r\n\r\n"
        half.sendall(f"POST /upload?name=half.mp4 HTTP/1.1\r\n{headers}half".encode())
        status, text = until(lambda: ask("POST", "/upload?name=a.mp4", people.read_bytes()), 409)
        assert (status, "Another upload" in text) == (409, True)
    status, text = until(lambda: ask("POST", "/upload?name=a.mp4", people.read_bytes()), 200)
    assert (status, json.loads(text)["name"]) == (200, "a.mp4")


def until(attempt: Callable[[], tuple[int, str]], status: int) -> tuple[int, str]:
    """What an attempt gives once it has this status, or after five seconds."""
    end = time.monotonic() + 5
    while (answer := attempt())[0] != status and time.monotonic() < end:
        time.sleep(0.05)
    return answer
