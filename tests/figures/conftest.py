"""A synthetic sequence on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.synth import ComposedVideo, crowd_source, write_sequence


@pytest.fixture(scope="session")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames of a crowd in MOTChallenge's layout."""
    video = ComposedVideo(
        crowd_source(), seed=3, size=(256, 160), num_frames=20, num_people=10, difficulty="hard", frame_rate=10
    )
    return write_sequence(video, tmp_path_factory.mktemp("made"))
