from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from outrack.detectors import DetectorInfo
from outrack.detectors.base import ParallelDetector
from outrack.detectors.in_order import AHEAD, detect_each
from outrack.structures import Detections, Frame

PICTURE = np.zeros((96, 96, 3), np.uint8)


def found_in(frame):
    return Detections(xyxy=[[frame.index, 0, frame.index + 10, 20]], scores=[0.9])


class Plain:
    info = DetectorInfo()

    def __init__(self):
        self.seen = []

    def __call__(self, frame):
        self.seen.append(frame.index)
        return found_in(frame)

    def reset(self):
        pass


class Parallel(Plain):
    """Notes what happens, and takes longer for even frames, so that odd ones overtake them."""

    def __init__(self, num_parallel=2, fails_at=None):
        super().__init__()
        self.num_parallel, self.fails_at = num_parallel, fails_at
        self.started, self.finished, self.running, self.most = [], [], 0, 0
        self.lock = threading.Lock()

    def start(self, frame):
        self.started.append((frame.index, len(self.finished)))
        return lambda: self.work(frame)

    def work(self, frame):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02 if frame.index % 2 == 0 else 0.001)
        with self.lock:
            self.running -= 1
        if frame.index == self.fails_at:
            raise MemoryError("too large")
        return self(frame)

    def finish(self, frame, found):
        assert found.xyxy[0, 0] == frame.index
        self.finished.append(frame.index)


class Frames:
    def __init__(self, number, error=None):
        self.number, self.error, self.given = number, error, 0

    def __call__(self):
        if self.given == self.number:
            if self.error is not None:
                raise self.error
            return None
        self.given += 1
        return Frame(PICTURE, self.given - 1, 0.0)


def results(frames, detector, may_wait=True):
    for frame, wait in detect_each(frames, detector, may_wait=may_wait):
        yield frame.index, int(wait().xyxy[0, 0])


@pytest.mark.parametrize("num_parallel", [1, 2, 3])
def test_results_come_in_order_and_several_frames_run_at_once(num_parallel):
    detector = Parallel(num_parallel)
    assert isinstance(detector, ParallelDetector)
    assert list(results(Frames(20), detector)) == [(index, index) for index in range(20)]
    assert detector.finished == list(range(20))
    assert detector.most == num_parallel


@pytest.mark.parametrize("num_parallel", [1, 2, 4])
def test_the_state_at_the_start_of_a_frame_does_not_depend_on_parallel_runs(num_parallel):
    detector = Parallel(num_parallel)
    list(results(Frames(12), detector))
    assert detector.started == [(index, max(index - AHEAD + 1, 0)) for index in range(12)]


@pytest.mark.parametrize(("detector", "may_wait"), [(Plain(), True), (Parallel(), False)])
def test_other_detectors_and_live_frames_are_not_read_ahead(detector, may_wait):
    frames = Frames(5)
    for index, found in results(frames, detector, may_wait):
        assert index == found
        assert frames.given == index + 1
    assert detector.seen == list(range(5))


def test_an_error_of_the_source_comes_after_the_frames_before_it():
    given = []
    with pytest.raises(OSError, match="gone"):
        for index, _ in results(Frames(6, error=OSError("gone")), Parallel()):
            given.append(index)
    assert given == list(range(6))


def test_an_error_of_the_detector_comes_out_at_its_frame_and_ends_the_threads():
    given = []
    with pytest.raises(MemoryError, match="too large"):
        for index, _ in results(Frames(9), Parallel(fails_at=4)):
            given.append(index)
    assert given == [0, 1, 2, 3]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("detect")]


def test_an_interrupt_ends_at_once_and_leaves_no_thread():
    detector = Parallel()
    iterator = results(Frames(1000), detector)
    assert next(iterator) == (0, 0)
    iterator.close()
    assert len(detector.seen) <= AHEAD + 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("detect")]


def test_ctrl_c_while_a_frame_is_read_is_not_held_back():
    class Interrupted(Frames):
        def __call__(self):
            if self.given == 5:
                raise KeyboardInterrupt
            return super().__call__()

    given = []
    with pytest.raises(KeyboardInterrupt):
        for index, _ in results(Interrupted(9), Parallel()):
            given.append(index)
    assert given == [0, 1]  # frame 5 was asked for before frame 2 was given
