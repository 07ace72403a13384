"""The page in a real browser: upload, watch, download; two users at once; refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest


class User:
    """A browser of its own, with all that its console says."""

    def __init__(self, browser: Any, address: str, *, width: int = 1200) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 800})
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(address)

    def send(self, path: Path) -> None:
        self.page.set_input_files("#file", path)
        self.page.wait_for_selector("#start:not([disabled])")

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


@pytest.fixture
def users(browser: Any, server: str) -> Iterator[tuple[User, User]]:
    both = User(browser, server), User(browser, server, width=360)
    yield both
    for user in both:
        user.context.close()


def test_two_users_track_watch_and_download_at_once(users: tuple[User, User], people: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(people.read_bytes())
    for user, path in zip(users, (people, other), strict=True):
        user.send(path)
        user.page.select_option("#speed", "fast")
        user.page.click("#start")
    for user, name in zip(users, ("crossing", "other"), strict=True):
        page = user.page
        page.wait_for_selector("#files li", timeout=60_000)
        assert (user.text("#name"), user.text("#frame")) == (f"{name}: done", "10 / 10")
        assert int(user.text("#identities")) >= 2
        kinds = ["video", "MOTChallenge", "CSV", "JSON Lines", "CVAT", "report", "summary"]
        assert page.locator("#files a").all_inner_texts() == kinds
        with page.expect_download() as download:
            page.click("#files >> text=video")
        with av.open(str(download.value.path())) as video:
            assert sum(1 for _ in video.decode(video=0)) == 10
        assert download.value.suggested_filename == f"{name}.mp4"
        with page.expect_download() as download:
            page.click("#files >> text=MOTChallenge")
        assert Path(download.value.path()).read_text().startswith("1,1,")
        rows = page.frame_locator("#report").locator(".timeline .chart")
        rows.first.wait_for()
        assert rows.count() == int(user.text("#identities"))
        assert page.locator("#preview").evaluate("picture => picture.naturalWidth") == 384
        assert page.locator("#video").bounding_box()["height"] <= 0.62 * 800  # what is below stays in sight
        overall = page.frame_locator("#report").locator("dt:text-is('frames per second') + dd").inner_text()
        assert user.text("#pace") == overall
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
        assert user.said == []


def test_invalid_video_is_refused_with_a_message(users: tuple[User, User], tmp_path: Path) -> None:
    user, _ = users
    text = tmp_path / "notes.mp4"
    text.write_text("no video at all\n" * 50)
    user.page.set_input_files("#file", text)
    user.page.wait_for_selector("#message:not([hidden])")
    assert user.text("#message").startswith("notes.mp4 is not a readable video. Expected a file such as .mp4")
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(1_000_001))
    user.page.set_input_files("#file", large)
    user.page.wait_for_function("document.getElementById('message').textContent.includes('larger than 1 MB')")
    assert user.page.locator("#start").is_disabled()


def test_a_job_can_be_stopped_and_its_files_are_whole(users: tuple[User, User], tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    with av.open(str(path), "w") as video:
        stream = video.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5000):
            video.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        video.mux(stream.encode())
    user, _ = users
    user.page.set_viewport_size({"width": 1200, "height": 600})
    user.send(path)
    user.page.click("#start")
    user.page.wait_for_selector("#preview:not([hidden])", timeout=60_000)
    # Both come into sight; not by wait_for_function, whose second look the page's own policy forbids.
    below = "id => document.getElementById(id).getBoundingClientRect().bottom - window.innerHeight"
    for _ in range(600):
        if max(user.page.evaluate(below, "preview"), user.page.evaluate(below, "pace")) <= 0:
            break
        user.page.wait_for_timeout(50)
    else:
        pytest.fail("picture and counters are not in sight together")
    user.page.click("#stop")
    user.page.wait_for_selector("#files li", timeout=60_000)
    assert user.text("#name") == "long: stopped"
    assert 0 < int(user.text("#frame").split(" / ")[0]) < 5000
    assert user.said == []
