"""Trackers and detectors in several threads of one process are independent of each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from outrack.detectors import load_detector
from outrack.structures import Detections, Tracks
from outrack.tracking import Tracker
from tests.tracking.scenes import crowd

T = TypeVar("T")
PICTURE = Path(__file__).parent / "models" / "vtest_frame.png"


def at_once(work: list[Callable[[], T]]) -> list[T]:
    with ThreadPoolExecutor(len(work)) as pool:
        return [done.result() for done in [pool.submit(one) for one in work]]


def tracked(seed: int) -> list[Tracks]:
    tracker = Tracker(frame_rate=25 + seed)
    return [tracker.update(found) for found in crowd(seed, num_people=15, num_frames=60, embedding_dim=8)]


def test_trackers_in_threads_give_the_same_results_as_alone() -> None:
    seeds = range(4)
    together = at_once([lambda seed=seed: tracked(seed) for seed in seeds])  # type: ignore[misc]
    for seed, frames in zip(seeds, together, strict=True):
        for one, other in zip(frames, tracked(seed), strict=True):
            np.testing.assert_array_equal(one.ids, other.ids)
            np.testing.assert_array_equal(one.xyxy, other.xyxy)


def test_detectors_in_threads_give_the_same_results_as_alone() -> None:
    picture = np.asarray(Image.open(PICTURE))
    pictures = [picture, picture[:, ::-1], picture[100:, 200:]]
    detectors = [load_detector(device="cpu", image_size=size, min_score=0.3) for size in (320, 256)]
    shared = detectors[0]  # one detector may also be asked by several threads

    def seen_by(detector: object) -> Callable[[], list[Detections]]:
        return lambda: [detector(one) for one in pictures]  # type: ignore[operator]

    together = at_once([seen_by(detector) for detector in (*detectors, shared)])
    for detector, found in zip((*detectors, shared), together, strict=True):
        assert sum(map(len, found)) > 0
        for one, other in zip(found, seen_by(detector)(), strict=True):
            np.testing.assert_allclose(one.xyxy, other.xyxy, atol=1e-3)
            np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)
