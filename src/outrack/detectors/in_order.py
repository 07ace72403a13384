"""Detections of frames in their order, several frames at once where the detector allows it.

A network that runs on all cores waits for the slowest of them after each of its layers, and for what else the program
does after each frame. Two frames on a core each do not wait for each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from outrack.detectors.base import Detector, ParallelDetector
from outrack.structures import Detections, Frame

__all__ = ["AHEAD", "detect_each"]

AHEAD = 4
"""Frames that are started before the first of them is finished. It does not depend on the machine, and neither does
what a detector decides by what it found."""

Wait = Callable[[], Detections]


def detect_each(
    next_frame: Callable[[], Frame | None], detector: Detector, *, may_wait: bool
) -> Iterator[tuple[Frame, Wait]]:
    """Each frame with a call that waits for its detections, which must be made before the next frame is asked for.

    An error of the source comes after the frames before it; that of a detector comes out of the call.

    Args:
        next_frame: gives the frames; None after the last.
        detector: finds the people; a `ParallelDetector` looks at `detector.lanes` frames at once.
        may_wait: later frames may be read before a frame is given. Not from a live source.
    """
    if not may_wait or not isinstance(detector, ParallelDetector):
        while (frame := next_frame()) is not None:
            yield frame, lambda frame=frame: detector(frame)  # type: ignore[misc]
        return
    started: deque[tuple[Frame, Wait]] = deque()
    error: Exception | None = None
    has_more = True
    with ExitStack() as stack:
        pool = _pool(detector.lanes, stack)
        while has_more or started:
            while has_more and len(started) < AHEAD:
                try:
                    frame = next_frame()
                except Exception as raised:  # noqa: BLE001  # raised below, whatever it is
                    error, frame = raised, None
                has_more = frame is not None
                if frame is not None:
                    work = detector.start(frame)
                    started.append((frame, work if pool is None else pool.submit(work).result))
            if started:
                yield _finishing(detector, *started.popleft())
    if error is not None:
        raise error


def _pool(lanes: int, stack: ExitStack) -> ThreadPoolExecutor | None:
    """Threads for several lanes. What has not begun when the frames end early, never does."""
    if lanes < 2:
        return None
    pool = ThreadPoolExecutor(lanes, thread_name_prefix="detect")
    stack.callback(pool.shutdown, cancel_futures=True)
    return pool


def _finishing(detector: ParallelDetector, frame: Frame, wait: Wait) -> tuple[Frame, Wait]:
    def found() -> Detections:
        detections = wait()
        detector.finish(frame, detections)
        return detections

    return frame, found
