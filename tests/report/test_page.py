"""The page shows the measurements, loads nothing, and opens in a browser without errors."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outrack.report import page, read_run, write_report

from .conftest import RECORD, json_lines


def test_numbers_of_the_run_are_on_the_page(results: Path) -> None:
    text = page.rendered([(replace(read_run(results), record=RECORD), None)])
    for words in ("1: 0.0 s to 0.6 s; boxes: 4 detected, 1 refound, lost for 0.1 s", "14.3 %", "tiny", "2.0"):
        assert words in text
    assert "300.0 ms" in text  # the network: 1.8 s for 6 frames
    assert "100.0 ms" in text  # what no part counts: 3.0 - 0.6 - 1.8 s
    assert "--tracker.classes" not in text  # None


def test_the_page_loads_nothing_and_holds_no_script(results: Path) -> None:
    text = page.rendered([(read_run(results), np.zeros((80, 100, 3), np.uint8))])
    assert "<script" not in text
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", text)
    assert len(addresses) >= 2
    assert {address.partition(":")[0] for address in addresses} == {"data"}


def test_names_are_text_and_no_markup(results: Path) -> None:
    run = replace(
        read_run(results), name="<img src=x onerror=alert(1)>&", record=replace(RECORD, settings={"<b>": "<i>"})
    )
    text = page.rendered([(run, None), (run, None)])
    assert "<img src=x" not in text
    assert "<b>&" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in text


def test_runs_without_states_times_or_boxes_have_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1,1,0,0,5,5,1,-1,-1,-1\n")
    (tmp_path / "b.jsonl").write_text("")
    text = page.rendered([(read_run(tmp_path / name), None) for name in ("a.txt", "b.jsonl")])
    assert "does not say which boxes were refound" in text
    assert "No tracks" in text


def test_of_many_identities_the_longest_have_rows(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_ROWS", 2)
    results.write_text(json_lines({1: "ddd.", 2: "dddd", 3: "d..."}))
    text = page.rendered([(read_run(results), None)])
    assert re.findall(r'<span class="name">(\d+)</span>', text) == ["1", "2"]
    assert "1 shorter ones have none" in text


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
def test_a_browser_shows_it_without_an_error(results: Path, browser: Any, width: int, scheme: str) -> None:
    html = results.with_suffix(".html")
    write_report(html, [(replace(read_run(results), record=RECORD), np.zeros((80, 100, 3), np.uint8))] * 2)
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(html.as_uri())
    assert said == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width  # nothing sticks out on a phone
    bars = tab.locator(".timeline").first.locator("path")
    assert [round(bars.nth(n).bounding_box()["width"] / bars.nth(0).bounding_box()["width"], 2) for n in (0, 1)] == [
        *[1.0, 0.17]  # detected reaches over all six frames, refound over one of them
    ]
    assert tab.locator("figure img").first.evaluate("picture => picture.naturalWidth") == 960
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(251, 251, 249)", "dark": "rgb(20, 23, 26)"}[scheme]
    context.close()
