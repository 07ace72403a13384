"""The border types: shapes checked, inputs untouched, slices of the same type."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from outrack.structures import Detections, Frame, Tracks, TrackState


def three() -> Detections:
    return Detections(
        xyxy=np.arange(12).reshape(3, 4),
        scores=[0.9, 0.8, 0.7],
        class_ids=[0, 1, 2],
        embeddings=np.eye(3),
        occlusions=[[1, 2, 0.5]],
        displacements=np.ones((3, 2)),
    )


def test_detections_slice_by_mask_indices_and_slice() -> None:
    for rows in (np.array([True, False, True]), [0, 2], slice(None, None, 2)):
        part = three()[rows]
        assert part.scores.tolist() == [0.9, 0.7]
        assert part.class_ids.tolist() == [0, 2]
        assert part.embeddings is not None
        assert part.embeddings.shape == (2, 3)
        assert part.occlusions is not None
        assert len(part.occlusions) == 1  # belongs to the frame


def test_arrays_inside_are_read_only_and_the_callers_stay_writable() -> None:
    boxes = np.zeros((2, 4))
    detections = Detections(boxes, np.ones(2))
    with pytest.raises(ValueError, match="read-only"):
        detections.xyxy[0, 0] = 1
    boxes[0, 0] = 5


def test_unknown_occlusions_are_not_the_same_as_none_seen() -> None:
    assert Detections.empty().occlusions is None
    seen = Detections(np.empty((0, 4)), np.empty(0), occlusions=[])
    assert seen.occlusions is not None
    assert seen.occlusions.shape == (0, 3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"xyxy": np.zeros((2, 3)), "scores": np.ones(2)}, r"xyxy: expected shape \(any, 4\), got \(2, 3\)"),
        ({"xyxy": np.zeros((2, 4)), "scores": np.ones(3)}, r"scores: expected shape \(2\), got \(3,\)"),
        ({"xyxy": np.zeros((1, 4)), "scores": [np.nan]}, "detection 0 is not finite"),
        ({"xyxy": [[0, 0, np.inf, 1]], "scores": [1]}, "detection 0 is not finite"),
        ({"xyxy": [[0, 0, 9, 9]], "scores": [1], "class_ids": [0.7]}, "class_ids: expected whole numbers, got 0.7"),
        ({"xyxy": [[0, 0, 9, 9]], "scores": [1], "class_ids": [np.nan]}, "class_ids: expected whole numbers, got nan"),
        ({"xyxy": [[0, 0, 9, 9], [0, 0, 1e200, 1]], "scores": [1, 1]}, "detection 1 is far outside any picture"),
        (
            {"xyxy": np.zeros((2, 4)), "scores": [1, 1], "embeddings": [[1, 0], [0, np.nan]]},
            "embeddings: row 1 is not finite",
        ),
        (
            {"xyxy": np.zeros((1, 4)), "scores": [1], "embeddings": np.zeros((2, 8))},
            r"embeddings: expected shape \(1, any\)",
        ),
    ],
)
def test_wrong_shapes_and_values_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Detections(**fields)


def test_rows_are_picked_by_mask_index_and_one_by_one() -> None:
    detections = Detections([[0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 3, 3]], [0.1, 0.2, 0.3])
    assert detections[1].scores.tolist() == [0.2]
    assert detections[np.int64(-1)].scores.tolist() == [0.3]
    assert len(detections[[]]) == 0
    assert detections[[True, False, True]].scores.tolist() == [0.1, 0.3]
    assert [one.scores.item() for one in detections] == [0.1, 0.2, 0.3]


def test_embeddings_have_length_1_and_slices_are_the_same_bits() -> None:
    rows = np.random.default_rng(5).normal(size=(40, 24)).astype(np.float32)
    rows[:4] *= np.array([[1e20], [1e-13], [1e-30], [0]], np.float32)
    detections = Detections(np.tile([0, 0, 5, 9], (40, 1)), np.ones(40), embeddings=rows)
    assert detections.embeddings is not None
    np.testing.assert_allclose(np.linalg.norm(detections.embeddings, axis=1), [1, 1, 1, 0] + [1] * 36, rtol=1e-6)
    part = detections[4:].embeddings
    assert part is not None
    np.testing.assert_array_equal(part, detections.embeddings[4:])


def test_a_frame_without_picture_says_so() -> None:
    with pytest.raises(ValueError, match="frame 8 has no picture"):
        _ = Frame(None, 7, 0.0).pixels


def two_tracks() -> Tracks:
    return Tracks(
        xyxy=np.array([[0, 0, 10, 20], [5, 5, 15, 25]]),
        ids=np.array([3, 9]),
        scores=np.array([0.9, 0.4]),
        class_ids=np.zeros(2),
        states=np.array([TrackState.DETECTED, TrackState.REFOUND]),
        detection_index=np.array([0, -1]),
    )


def test_tracks_slice() -> None:
    tracks = two_tracks()
    refound = tracks[tracks.states == TrackState.REFOUND]
    assert refound.ids.tolist() == [9]
    assert len(Tracks.empty()) == 0


def test_there_and_back_through_supervision() -> None:
    supervision = pytest.importorskip("supervision")
    theirs = two_tracks().to_supervision()
    assert theirs.tracker_id.tolist() == [3, 9]
    assert theirs.data["state"].tolist() == ["DETECTED", "REFOUND"]
    ours = Detections.from_supervision(theirs)
    np.testing.assert_array_equal(ours.xyxy, two_tracks().xyxy)
    bare = Detections.from_supervision(supervision.Detections(xyxy=np.zeros((2, 4))))
    assert bare.scores.tolist() == [1, 1]
    assert bare.class_ids.tolist() == [0, 0]


def test_without_supervision_the_error_names_the_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(ImportError, match=r'pip install "outrack\[viz\]"'):
        two_tracks().to_supervision()


def test_swapped_arguments_of_a_frame_are_refused() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    with pytest.raises(TypeError, match=r"expected Frame\(picture, index, timestamp_s\) .*got ndarray"):
        Frame(0, pixels, 0.0)  # type: ignore[arg-type]
    assert Frame(pixels, np.int64(3), 0.12).index == 3  # type: ignore[arg-type]


def test_detections_do_not_change_with_the_buffers_they_were_made_of() -> None:
    buffer, looks = np.zeros((1, 4)), np.eye(1, 3, dtype=np.float32)
    found = Detections(buffer, [1.0], embeddings=looks)
    buffer[:], looks[:] = 5, 7
    assert found.xyxy.tolist() == [[0, 0, 0, 0]]
    assert found.embeddings is not None
    assert found.embeddings.tolist() == [[1, 0, 0]]


@pytest.mark.parametrize("name", ["occlusions", "displacements"])
def test_points_far_outside_any_picture_are_refused(name: str) -> None:
    values = [[1e200, 0.0, 0.5]] if name == "occlusions" else [[1e200, 0.0]]
    with pytest.raises(ValueError, match=f"{name}: row 0 is far outside any picture"):
        Detections([[0, 0, 1, 1]], [1.0], **{name: values})
