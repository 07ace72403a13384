from __future__ import annotations

import logging
from pathlib import Path

import pytest

from outrack.jobs.source_lists import listed_sources


@pytest.mark.parametrize("asked", ["", "*.mp4"])
def test_annotated_videos_of_an_earlier_run_are_not_tracked_again(
    tmp_path: Path, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.mp4", "a.tracked.mp4", "b.mp4", "other.tracked.mp4"):
        (tmp_path / name).touch()
    with caplog.at_level(logging.WARNING):
        found = listed_sources([str(tmp_path / asked)])
    assert [Path(path).name for path in found] == ["a.mp4", "b.mp4", "other.tracked.mp4"]
    assert [record.getMessage().split(": ")[0] for record in caplog.records] == [str(tmp_path / "a.tracked.mp4")]
    assert listed_sources([str(tmp_path / "a.tracked.mp4")]) == [str(tmp_path / "a.tracked.mp4")]  # named, it is
