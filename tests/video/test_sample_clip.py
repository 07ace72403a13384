"""The sample clip agrees with its notice."""

from __future__ import annotations

from pathlib import Path

from outrack.video import open_source

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def test_the_sample_clip_is_small_and_whole():
    path = SAMPLES / "crossing.mp4"
    assert path.stat().st_size <= 2_000_000
    with open_source(path, stride=30) as source:
        assert (source.size, source.frame_rate, source.num_frames) == ((768, 576), 10.0, 6)
        assert [frame.index for frame in source] == [0, 30, 60, 90, 120, 150]
    assert "crossing.mp4" in (SAMPLES / "NOTICE.md").read_text(encoding="utf-8")
