"""Refinding by the neighbours at the time of loss: the parts by hand and against plain loops, then whole trackers."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.boxes import cxcywh_to_xyxy, iou, xyxy_to_cxcywh
from outrack.structures import Detections, TrackState
from outrack.tracking import RefindPolicy, Tracker, TrackerConfig
from outrack.tracking.refinders.graphs import GraphSettings, _candidates, refind_by_graphs
from outrack.tracking.refinders.neighbours import Graphs, SeenTracks, relations, relocate
from tests.tracking.scenes import box, crowd, seen

DEFAULT = GraphSettings()


def people(*boxes: list[float], ids: list[int] | None = None, looks: np.ndarray | None = None) -> SeenTracks:
    n = len(boxes)
    return SeenTracks(
        np.arange(1, n + 1) if ids is None else np.array(ids),
        np.array(boxes, float).reshape(-1, 4),
        np.zeros((n, 0), np.float32) if looks is None else looks,
    )


def test_a_relation_by_hand() -> None:
    anchor, neighbour = np.array([100.0, 200, 40, 100]), np.array([180.0, 190, 80, 50])
    expected = [2.0, -0.1, np.log(2), -np.log(2), 80, -10, 40, -50]
    np.testing.assert_allclose(relations(anchor, neighbour), expected)


boxes = st.tuples(st.floats(-500, 2000), st.floats(-500, 1000), st.floats(2, 300), st.floats(2, 600)).map(np.array)


@given(boxes, boxes, st.floats(-300, 300), st.floats(-300, 300))
def test_relocating_undoes_a_relation_and_follows_the_neighbour(
    anchor: np.ndarray, neighbour: np.ndarray, dx: float, dy: float
) -> None:
    between, moved = relations(anchor, neighbour), np.array([dx, dy, 0, 0])
    np.testing.assert_allclose(relocate(between, neighbour + moved), anchor + moved, atol=1e-6)


@given(boxes)
def test_every_candidate_is_close_to_the_box(place: np.ndarray) -> None:
    (candidates,) = cxcywh_to_xyxy(_candidates(place[None], DEFAULT)[0])[None]
    assert iou(candidates[:1], candidates).min() > 0.75
    np.testing.assert_allclose(candidates[0], cxcywh_to_xyxy(place[None])[0])


def test_a_graph_holds_the_nearest_first() -> None:
    group = people(box(0, 100), box(500, 100), box(90, 100), box(60, 100), box(200, 100), ids=[9, 2, 7, 4, 5])
    graphs = Graphs.of(group, 3)
    assert graphs.ids.tolist() == [2, 4, 5, 7, 9]
    assert graphs.of_tracks(np.array([9])).neighbour_ids.tolist() == [[4, 7, 5]]
    np.testing.assert_allclose(graphs.of_tracks(np.array([9])).relations[0, :, 4], [60, 90, 200])


def test_a_graph_of_few_has_gaps() -> None:
    graphs = Graphs.of(people(box(0, 100), box(50, 100)), 3)
    assert graphs.neighbour_ids.tolist() == [[2, 0, 0], [1, 0, 0]]
    assert Graphs.of(people(box(0, 100)), 3).neighbour_ids.tolist() == [[0, 0, 0]]
    assert len(Graphs.of(people(), 3).ids) == 0


GROUP = [box(100, 300), box(160, 305), box(215, 298), box(50, 310)]


def lost_from(group: SeenTracks, lost_id: int) -> Graphs:
    return Graphs.of(group, 3).of_tracks(np.array([lost_id]))


def moved(group: list[list[float]], dx: float, dy: float) -> list[list[float]]:
    return [[x1 + dx, y1 + dy, x2 + dx, y2 + dy] for x1, y1, x2, y2 in group]


def test_a_lost_track_is_refound_where_its_neighbours_imply() -> None:
    lost = lost_from(people(*GROUP), 1)
    there = moved(GROUP, 70, -20)
    refound = refind_by_graphs(lost, people(*there[1:], ids=[2, 3, 4]), DEFAULT)
    assert refound.rows.tolist() == [0]
    np.testing.assert_allclose(refound.xyxy[0], there[0])


def test_neighbours_that_moved_apart_refind_no_track() -> None:
    lost = lost_from(people(*GROUP), 1)
    scattered = [box(160 + 100, 305), box(215, 298), box(50 - 90, 310)]
    assert len(refind_by_graphs(lost, people(*scattered, ids=[2, 3, 4]), DEFAULT).rows) == 0


def test_neighbours_that_look_different_refind_no_track() -> None:
    looks = np.eye(4, dtype=np.float32)
    lost = lost_from(people(*GROUP, looks=looks), 1)
    same, other = (people(*GROUP[1:], ids=[2, 3, 4], looks=look) for look in (looks[1:], looks[[0, 0, 0]]))
    assert refind_by_graphs(lost, same, DEFAULT).rows.tolist() == [0]
    assert len(refind_by_graphs(lost, other, DEFAULT).rows) == 0


def test_most_neighbours_must_still_be_there() -> None:
    lost = lost_from(people(*GROUP), 1)
    assert len(refind_by_graphs(lost, people(*GROUP[1:3], ids=[2, 3]), DEFAULT).rows) == 1  # 2 of 3: 1 - 2/3 < 0.63
    assert len(refind_by_graphs(lost, people(GROUP[1], ids=[2]), DEFAULT).rows) == 0  # 1 - 1/3 > 0.63
    assert len(refind_by_graphs(lost, people(*GROUP[1:], ids=[12, 13, 14]), DEFAULT).rows) == 0
    assert len(refind_by_graphs(lost, people(), DEFAULT).rows) == 0


def test_unknown_appearance_says_nothing_against_a_neighbour() -> None:
    group = np.array([[100.0, 100, 140, 220], [160, 110, 200, 230], [220, 100, 260, 220], [280, 105, 320, 225]])
    looks = np.eye(4, 8, dtype=np.float32)
    before = Graphs.of(SeenTracks(np.arange(1, 5), group, looks), 3).of_tracks(np.array([1]))
    now = SeenTracks(np.arange(2, 5), group[1:], np.zeros((3, 8), np.float32))
    assert refind_by_graphs(before, now, DEFAULT).rows.tolist() == [0]
    strangers = SeenTracks(np.arange(2, 5), group[1:], np.eye(8, dtype=np.float32)[5:])
    assert refind_by_graphs(before, strangers, DEFAULT).rows.tolist() == []


def similarity_by_loops(lost: Graphs, row: int, candidate: np.ndarray, now: SeenTracks, near: list[int]) -> float:
    """The best matching of then and now, one pair at a time."""
    x1, y1 = now.xyxy[:, :2].min(axis=0)
    x2, y2 = now.xyxy[:, 2:].max(axis=0)
    scale = np.array([1, 1, 1, 1, 1 / (x2 - x1), 1 / (y2 - y1), 1 / (x2 - x1), 1 / (y2 - y1)])
    then = [k for k in range(3) if lost.neighbour_ids[row, k]]
    best = 0.0
    for order in permutations([*near, *[-1] * (3 - len(near))]):
        total = 0.0
        for k in then:
            if order[k] >= 0:
                here = relations(candidate, xyxy_to_cxcywh(now.xyxy)[order[k]])
                apart = np.sum(((lost.relations[row, k] - here) * scale) ** 2)
                cosine = float(lost.embeddings[row, k] @ now.embeddings[order[k]])
                total += np.exp(-apart / (2 * 0.1**2)) * max(cosine, 0)
        best = max(best, total / len(then))
    return best


@pytest.mark.parametrize(("seed", "count"), [(0, 2), (1, 3), (2, 4), (3, 12), (4, 25)])
def test_equals_plain_loops(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    place = rng.uniform([100, 100, 30, 80], [600, 400, 50, 130], (count, 4))
    looks = rng.normal(1, 0.5, (count, 8)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    then = SeenTracks(rng.permutation(count) + 1, cxcywh_to_xyxy(place), looks)
    graphs = Graphs.of(then, 3)
    is_lost = np.arange(count) < (count + 1) // 3
    now_boxes = cxcywh_to_xyxy(place + rng.normal(0, 2, place.shape) + [15, 0, 0, 0])
    now = SeenTracks(then.ids[~is_lost], now_boxes[~is_lost], looks[~is_lost])
    lost = graphs.of_tracks(then.ids[is_lost])

    refound, now_centres = refind_by_graphs(lost, now, DEFAULT), xyxy_to_cxcywh(now.xyxy)
    expected = {}
    for row in range(int(is_lost.sum())):
        at = [np.flatnonzero(now.ids == i)[0] for i in lost.neighbour_ids[row] if i in now.ids]
        if not at:
            continue
        told = [
            relocate(lost.relations[row, k], now_centres[np.flatnonzero(now.ids == i)[0]])
            for k, i in enumerate(lost.neighbour_ids[row])
            if i in now.ids
        ]
        middle = np.mean(told, axis=0)
        near = np.argsort(((now_centres[:, :2] - middle[:2]) ** 2).sum(axis=1))[:3].tolist()
        candidates = _candidates(middle[None], DEFAULT)[0]
        values = [similarity_by_loops(lost, row, candidate, now, near) for candidate in candidates]
        if 1 - max(values) < 0.63:
            expected[row] = cxcywh_to_xyxy(candidates[[int(np.argmax(values))]])[0]
    assert refound.rows.tolist() == list(expected)
    if expected:
        np.testing.assert_allclose(refound.xyxy, list(expected.values()))


HIDDEN = range(15, 25)


def walking_group(t: int, *, pan: float = 0.0, embeddings: bool = False) -> tuple[Detections, np.ndarray]:
    """Four people walk together; the second is not detected for ten frames. Detections, and where the second is."""
    group = moved(GROUP, 3 * t + pan * max(t - 15, 0), 0)
    rows = [0, 2, 3] if t in HIDDEN else [0, 1, 2, 3]
    detections = seen(*[group[row] for row in rows])
    if embeddings:
        looks = np.eye(4, 8, dtype=np.float32)[rows]
        detections = Detections(detections.xyxy, detections.scores, embeddings=looks)
    return detections, np.array([group[1]])


def play(config: TrackerConfig, *, pan: float = 0.0, embeddings: bool = False) -> tuple[set[int], list[float]]:
    """All ids of a run, and how well the hidden person's box fits while hidden."""
    tracker, ids, quality = Tracker(config), set(), []
    for t in range(35):
        detections, truth = walking_group(t, pan=pan, embeddings=embeddings)
        if config.association == "displacement":
            last, _ = walking_group(max(t - 1, 0), pan=pan)
            shift = last.xyxy[0, :2] - detections.xyxy[0, :2]
            detections = Detections(
                detections.xyxy, detections.scores, displacements=np.tile(shift, (len(detections), 1))
            )
        tracks = tracker.update(detections)
        ids |= set(tracks.ids.tolist())
        if t in HIDDEN:
            refound = tracks[tracks.states == TrackState.REFOUND]
            assert refound.ids.tolist() in ([], [2])
            quality.append(float(iou(refound.xyxy, truth)[0, 0]) if len(refound) else 0.0)
    return ids, quality


@pytest.mark.parametrize(
    ("config", "embeddings"),
    [
        (TrackerConfig(refind="gsm"), False),
        (TrackerConfig(refind="gsm"), True),
        (TrackerConfig.fairmot(refind="gsm"), True),  # without embeddings FairMOT never takes a lost one up again
    ],
    ids=["relations alone", "with embeddings", "FairMOT"],
)
def test_the_hidden_one_of_a_group_keeps_the_id_and_the_box(config: TrackerConfig, embeddings: bool) -> None:
    ids, quality = play(config, embeddings=embeddings)
    assert ids == {1, 2, 3, 4}
    assert min(quality) > 0.9


@pytest.mark.parametrize("pan", [0.0, 6.0])
def test_centertrack_with_gsm(pan: float) -> None:
    ids, quality = play(TrackerConfig.centertrack(refind="gsm"), pan=pan)
    assert ids == {1, 2, 3, 4}
    assert min(quality) > 0.9


def test_neighbours_follow_a_turning_camera_unlike_the_motion_model() -> None:
    """The camera starts to turn just when the second person is hidden."""
    _, quality = play(TrackerConfig.fairmot(refind="gsm"), pan=6.0)
    assert min(quality) > 0.7


@pytest.mark.parametrize("policy", ["off", "paper"])
def test_without_it_nothing_is_found(policy: RefindPolicy) -> None:
    _, quality = play(TrackerConfig.fairmot(refind=policy))
    assert quality == [0.0] * len(HIDDEN)


def test_a_person_who_walks_alone_has_no_neighbours() -> None:
    tracker = Tracker(TrackerConfig.fairmot(refind="gsm"))
    for t in range(10):
        tracker.update(seen(box(100 + 3 * t, 300)))
    assert len(tracker.update(seen())) == 0


@pytest.mark.parametrize("embedding_dim", [0, 8])
def test_saved_state_continues_as_if_nothing_had_happened(tmp_path: Path, embedding_dim: int) -> None:
    frames = list(crowd(12, num_people=15, num_frames=40, embedding_dim=embedding_dim, miss=0.3))
    tracker, refound = Tracker(refind="gsm"), 0
    for detections in frames[:20]:
        refound += int((tracker.update(detections).states == TrackState.REFOUND).sum())
    assert refound > 10
    tracker.save(tmp_path / "state.npz")
    resumed = Tracker.load(tmp_path / "state.npz")
    for detections in frames[20:]:
        expected, got = tracker.update(detections), resumed.update(detections)
        np.testing.assert_array_equal(got.ids, expected.ids)
        np.testing.assert_array_equal(got.xyxy, expected.xyxy)


def test_boxes_of_no_size_do_no_harm() -> None:
    tracker = Tracker(refind="gsm")
    flat = Detections(np.array([[10.0, 10, 10, 10], [20, 20, 60, 20], [30, 5, 30, 90]]), np.ones(3))
    for t in range(12):
        tracks = tracker.update(flat[[0, 1]] if t > 8 else flat)
        assert np.isfinite(tracks.xyxy).all()


def test_the_global_generator_is_left_alone() -> None:
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    play(TrackerConfig.fairmot(refind="gsm"))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_a_new_network_after_all_tracks_ended_may_have_other_embeddings() -> None:
    tracker = Tracker(refind="gsm", max_lost_s=0.0)
    for dim in (4, 6):
        for detections in crowd(1, num_people=5, num_frames=5, embedding_dim=dim):
            tracker.update(detections)
        tracker.update(Detections.empty())
    assert tracker.update(Detections.empty()).ids.tolist() == []


def test_embeddings_may_come_after_a_track_is_lost() -> None:
    tracker = Tracker(refind="gsm")
    bare = seen(box(100, 300), box(200, 300))
    for _ in range(3):
        tracker.update(bare)
    tracker.update(seen(box(200, 300)))
    looks = Detections([box(200, 300)], [0.9], embeddings=[[1.0, 0.0]])
    for _ in range(3):
        assert 2 in tracker.update(looks).ids
