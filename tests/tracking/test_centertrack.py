"""CenterTrack's tracker, and OTrackct: the same with lost tracks refound by occlusions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from outrack.boxes import iou
from outrack.structures import Detections, TrackState
from outrack.tracking import Tracker, TrackerConfig


@dataclass
class Person:
    id: int
    centre: tuple[float, float]
    area: float
    class_id: int


class CenterTrackLoop:
    """The tracker as its authors describe it, one pair at a time (notes#centertrack-tracking): no track
    outlives a missed frame."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.num_ids = 0

    def update(self, detections: Detections) -> dict[int, int]:
        """{row of the detection: id}."""
        left, result, now = list(self.people), {}, []
        for row in sorted(range(len(detections)), key=lambda row: -detections.scores[row]):
            if detections.scores[row] < 0.4:
                continue
            x1, y1, x2, y2 = detections.xyxy[row]
            centre, area = ((x1 + x2) / 2, (y1 + y2) / 2), (x2 - x1) * (y2 - y1)
            dx, dy = detections.displacements[row]
            best, best_squared = None, np.inf
            for person in left:
                squared = (centre[0] + dx - person.centre[0]) ** 2 + (centre[1] + dy - person.centre[1]) ** 2
                if squared > area or squared > person.area or person.class_id != detections.class_ids[row]:
                    continue
                if squared < best_squared:
                    best, best_squared = person, squared
            if best is None:
                self.num_ids += 1
                result[row] = self.num_ids
            else:
                left.remove(best)
                result[row] = best.id
            now.append(Person(result[row], centre, area, int(detections.class_ids[row])))
        self.people = now
        return result


def walkers(seed: int, *, num_frames: int = 60, num_people: int = 25):
    """People of two classes in a crowded square, missed now and then, who know roughly where they come from."""
    rng = np.random.default_rng(seed)
    position, velocity = rng.uniform(0, 400, (num_people, 2)), rng.normal(0, 6, (num_people, 2))
    size = np.stack([rng.uniform(20, 40, num_people), rng.uniform(60, 120, num_people)], 1)
    classes = rng.integers(0, 2, num_people)
    for _ in range(num_frames):
        position, velocity = position + velocity, velocity + rng.normal(0, 2, velocity.shape)
        velocity[(position < 0) & (velocity < 0)] *= -1
        velocity[(position > 400) & (velocity > 0)] *= -1
        seen = rng.permutation(np.flatnonzero(rng.random(num_people) > 0.1))
        yield Detections(
            np.hstack([position - size / 2, position + size / 2])[seen],
            np.sort(rng.uniform(0.2, 1, len(seen)))[::-1],  # detectors give the surest first
            class_ids=classes[seen],
            displacements=-velocity[seen] + rng.normal(0, 3, (len(seen), 2)),
        )


@pytest.mark.parametrize("seed", range(5))
def test_ids_and_boxes_are_those_of_the_plain_loop(seed):
    fast, slow = Tracker(TrackerConfig.centertrack()), CenterTrackLoop()
    for detections in walkers(seed):
        tracks, expected = fast.update(detections), slow.update(detections)
        assert dict(zip(tracks.detection_index.tolist(), tracks.ids.tolist(), strict=True)) == expected
        assert (tracks.xyxy == detections.xyxy[tracks.detection_index]).all()
    assert slow.num_ids > 30


def person(x: float, y: float = 100, *, dx: float = 0.0) -> tuple[list[float], list[float]]:
    return [x - 20, y - 50, x + 20, y + 50], [dx, 0.0]


def seen(*people: tuple[list[float], list[float]], occlusions: list[list[float]] | None = None) -> Detections:
    return Detections(
        np.array([box for box, _ in people]).reshape(-1, 4),
        np.full(len(people), 0.9),
        displacements=np.array([shift for _, shift in people]).reshape(-1, 2),
        occlusions=None if occlusions is None else np.array(occlusions, float).reshape(-1, 3),
    )


def test_two_who_swap_places_keep_their_ids():
    tracker = Tracker(TrackerConfig.centertrack())
    first = tracker.update(seen(person(100), person(140)))
    second = tracker.update(seen(person(140, dx=-40), person(100, dx=40)))
    assert first.ids.tolist() == [1, 2]  # shown at once
    assert dict(zip(second.ids.tolist(), second.xyxy[:, 0].tolist(), strict=True)) == {1: 120, 2: 80}


def test_without_refinding_a_missed_frame_is_the_end():
    tracker = Tracker(TrackerConfig.centertrack())
    for detections in (seen(person(100)), seen(), seen(person(100))):
        tracks = tracker.update(detections)
    assert tracks.ids.tolist() == [2]


def hidden_walk(frame: int, *, hidden: bool) -> Detections:
    """A person walks to the right behind one who stands; while occluded, only the overlap's centre tells where."""
    walker, stander = person(60 + 4 * frame, dx=-4), person(190, y=104)
    if not hidden:
        return seen(walker, stander)
    a, b = np.array(walker[0]), np.array(stander[0])
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    return seen(stander, occlusions=[[*(low + high) / 2, 0.9]])


def test_otrackct_gives_the_hidden_their_boxes_and_ids_back():
    tracker = Tracker(TrackerConfig.centertrack(refind="paper"))
    hidden_frames = range(27, 37)
    refound = 0
    for frame in range(45):
        tracks = tracker.update(hidden_walk(frame, hidden=frame in hidden_frames))
        truth = np.array([person(60 + 4 * frame)[0]])
        assert tracks.ids.tolist() == [1, 2]
        assert iou(truth, tracks.xyxy[:1])[0, 0] > 0.7
        refound += int(tracks.states[0] == TrackState.REFOUND)
    assert refound == len(hidden_frames)


def test_the_plain_tracker_loses_the_hidden():
    tracker = Tracker(TrackerConfig.centertrack())
    people = [tracker.update(hidden_walk(frame, hidden=27 <= frame < 37)).ids.tolist() for frame in range(45)]
    assert people[26] == [1, 2]
    assert people[27] == [2]
    assert people[44] == [2, 3]


@pytest.mark.parametrize(("class_agnostic", "ids"), [(False, [1, 2, 3, 4, 5, 6]), (True, [1] * 6)])
def test_a_class_that_flickers_starts_new_tracks_unless_classes_are_ignored(class_agnostic, ids):
    tracker = Tracker(TrackerConfig.centertrack(), class_agnostic=class_agnostic)
    frames = [replace(seen(person(100)), class_ids=np.array([t % 2])) for t in range(6)]
    assert [tracker.update(frame).ids.tolist() for frame in frames] == [[id] for id in ids]


def test_detections_without_displacements_are_refused():
    tracker = Tracker(TrackerConfig.centertrack())
    tracker.update(Detections.empty())
    detections = Detections(np.array([[0.0, 0, 40, 100]]), np.array([0.9]))
    with pytest.raises(ValueError, match="needs a detector that predicts displacements"):
        tracker.update(detections)


def test_the_state_survives_a_file(tmp_path):
    frames = list(walkers(1, num_frames=20))
    tracker = Tracker(TrackerConfig.centertrack(refind="geometric"))
    for detections in frames[:10]:
        tracker.update(detections)
    tracker.save(tmp_path / "state.npz")
    again = Tracker.load(tmp_path / "state.npz")
    for detections in frames[10:]:
        ours, theirs = tracker.update(detections), again.update(detections)
        assert (ours.ids == theirs.ids).all() and (ours.xyxy == theirs.xyxy).all()


@pytest.mark.parametrize("name", ["association", "starts.shown", "motion.boxes"])
def test_unknown_choices_are_refused(name):
    with pytest.raises(ValueError, match=rf"{name.rpartition('.')[2]} must be .* or .*, got 'other'"):
        TrackerConfig().with_values({name: "other"})
