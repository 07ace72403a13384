"""Detects frames in order, several at once if the detector allows it.

A network on all cores waits for the slowest core after each layer, and for the rest of the program after each frame.
Two frames on one core each do not wait for each other.
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
"""Frames that are started before the first of them is finished. It does not depend on the machine, so the decisions
that a detector bases on its results do not either."""

Wait = Callable[[], Detections]


def detect_each(
    next_frame: Callable[[], Frame | None], detector: Detector, *, may_wait: bool
) -> Iterator[tuple[Frame, Wait]]:
    """Each frame with a function that waits for its detections, which must be called before the next frame is
    requested.

    An error of the source is raised after the preceding frames; an error of the detector is raised by the function.

    Args:
        next_frame: returns the frames; None after the last.
        detector: finds the people; a `ParallelDetector` processes `detector.num_parallel` frames at once.
        may_wait: later frames may be read before a frame is yielded. Not for a live source.
    """
    if not may_wait or not isinstance(detector, ParallelDetector):
        while (frame := next_frame()) is not None:
            yield frame, lambda frame=frame: detector(frame)  # type: ignore[misc]
        return
    started: deque[tuple[Frame, Wait]] = deque()
    error: Exception | None = None
    has_more = True
    with ExitStack() as stack:
        pool = _pool(detector.num_parallel, stack)
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


def _pool(num_parallel: int, stack: ExitStack) -> ThreadPoolExecutor | None:
    """Threads for several frames at once. Work that has not begun when the frames end early is cancelled."""
    if num_parallel < 2:
        return None
    pool = ThreadPoolExecutor(num_parallel, thread_name_prefix="detect")
    stack.callback(pool.shutdown, cancel_futures=True)
    return pool


def _finishing(detector: ParallelDetector, frame: Frame, wait: Wait) -> tuple[Frame, Wait]:
    def found() -> Detections:
        detections = wait()
        detector.finish(frame, detections)
        return detections

    return frame, found
