"""Public detections: tracks start only there, and follow the network's own boxes."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.detectors import Detector, PrecomputedDetections, PublicStarts
from outrack.structures import Detections, Frame
from outrack.tracking import StartSettings, Tracker, TrackerConfig
from outrack.video.loop import detect_and_track


class Scripted:
    """Gives out one list of boxes after the other; with displacements if there are any."""

    def __init__(self, *frames: list[list[float]], displacement: tuple[float, float] | None = None) -> None:
        self.frames = frames
        self.displacement = displacement

    def __call__(self, frame: Frame) -> Detections:
        boxes = np.array(self.frames[frame.index], float).reshape(-1, 4)
        shift = None if self.displacement is None else np.tile(self.displacement, (len(boxes), 1))
        return Detections(boxes, np.full(len(boxes), 0.9), displacements=shift)

    def reset(self) -> None:
        """Nothing to forget."""


def box(x: float, y: float = 100) -> list[float]:
    return [x - 20, y - 50, x + 20, y + 50]


def frame(index: int) -> Frame:
    return Frame(None, index, index / 30)


def run(public: PublicStarts, tracker: Tracker, num_frames: int):
    return [step.result.tracks for step in detect_and_track(map(frame, range(num_frames)), public, tracker)]


def test_only_a_box_at_a_public_detection_starts_a_track():
    public = PublicStarts(Scripted(*[[box(100), box(300)]] * 3), Scripted([box(105)], [], []))
    tracks = run(public, Tracker(), 3)
    assert [frame.ids.tolist() for frame in tracks] == [[1], [1], [1]]
    np.testing.assert_allclose(tracks[2].xyxy[0], box(100), atol=1)  # our box, not the public one


def test_one_public_detection_starts_one_track():
    public = PublicStarts(Scripted([box(100), box(110)]), Scripted([box(104)]))
    (tracks,) = run(public, Tracker(), 1)
    np.testing.assert_allclose(tracks.xyxy, [box(100)])
    both = PublicStarts(Scripted([box(100), box(110)]), Scripted([box(104), box(104)]))
    assert len(run(both, Tracker(), 1)[0]) == 2


def test_a_public_detection_reaches_as_far_as_the_root_of_the_area():
    reach = np.sqrt(40 * 100)
    for offset, starts in ((reach - 1, True), (reach + 1, False)):
        public = PublicStarts(Scripted([box(100)]), Scripted([box(100 + offset)]))
        assert bool(len(run(public, Tracker(), 1)[0])) == starts


def test_centertrack_compares_where_the_boxes_were_in_the_frame_before():
    for displacement, starts in (((0.0, 0.0), False), ((60.0, 0.0), True)):
        public = PublicStarts(Scripted([box(100)], displacement=displacement), Scripted([box(200)]))
        tracker = Tracker(TrackerConfig.centertrack())
        assert bool(len(run(public, tracker, 1)[0])) == starts


def test_a_track_continues_without_public_detections_and_is_not_started_twice():
    public = PublicStarts(Scripted(*[[box(100 + 2 * i)] for i in range(10)]), Scripted(*[[box(100)]] * 10))
    assert {i for tracks in run(public, Tracker(), 10) for i in tracks.ids.tolist()} == {1}


def test_public_detections_come_from_a_det_txt(tmp_path):
    (tmp_path / "det.txt").write_text("1,-1,80,50,40,100,-3.2\n3,-1,280,50,40,100,0.1\n")
    public = PublicStarts(Scripted(*[[box(100), box(300)]] * 4), PrecomputedDetections(tmp_path / "det.txt"))
    tracks = run(public, Tracker(starts=StartSettings(shown="at-once")), 4)
    assert [frame.ids.tolist() for frame in tracks] == [[1], [1], [1, 2], [1, 2]]
    assert isinstance(public, Detector)


def test_frames_without_boxes_start_no_track():
    public = PublicStarts(Scripted([], [box(100)], []), Scripted([], [], [box(100)]))
    assert [len(tracks) for tracks in run(public, Tracker(), 3)] == [0, 0, 0]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_nearest_free_box_is_chosen(order):
    boxes = [box(100), box(120)]
    public = PublicStarts(Scripted([boxes[i] for i in order]), Scripted([box(118)]))
    (tracks,) = run(public, Tracker(), 1)
    np.testing.assert_allclose(tracks.xyxy, [box(120)])


def test_functions_are_detectors_too() -> None:
    starts = PublicStarts(lambda frame: [[0, 0, 10, 20, 0.9]], lambda frame: [[1, 1, 10, 20]])
    frame = Frame(np.zeros((40, 40, 3), np.uint8), 0, 0.0)
    assert starts(frame).scores.tolist() == [0.9]
    assert starts.public(frame).xyxy.tolist() == [[1, 1, 10, 20]]
    assert isinstance(starts, Detector)
    starts.reset()
