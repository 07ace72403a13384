"""Functions as detectors, and appearance for boxes of any detector."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import outrack
from outrack.detectors.any_detector import as_detector
from outrack.detectors.appearance import Appearance, embeddings_at

CLIP = Path(__file__).parents[2] / "samples" / "crossing.mp4"


def boxes(frame: outrack.Frame) -> list[list[float]]:
    return [[100 + 2 * frame.index, 40, 160 + 2 * frame.index, 200, 0.9]]


@pytest.fixture(scope="module")
def appearance() -> Appearance:
    return Appearance()


def test_any_function_tracks_into_files_and_frame_by_frame(tmp_path: Path) -> None:
    summary = outrack.track(CLIP, tmp_path / "a.csv", detector=boxes, max_frames=3)
    assert (summary.num_people, summary.num_frames) == (1, 3)
    found = [tracks.ids.tolist() for _, _, tracks in outrack.track(CLIP, detector=boxes, max_frames=3)]
    assert found == [[1], [1], [1]]
    other = tmp_path / "other.mp4"
    other.symlink_to(CLIP)
    assert [
        s.num_people for s in outrack.track([CLIP, other], tmp_path / "{name}.jsonl", detector=boxes, max_frames=2)
    ] == [1, 1]
    with outrack.open_source(CLIP, max_frames=2) as source:
        assert [len(result.tracks) for result in outrack.track_frames(source, boxes)] == [1, 1]


def test_a_detector_of_another_library_may_have_its_own_reset() -> None:
    calls = []

    class Theirs:
        def __call__(self, frame: outrack.Frame) -> object:
            return SimpleNamespace(boxes=SimpleNamespace(xyxy=np.array([[1, 2, 30, 40]])))

        def reset(self) -> None:
            calls.append("reset")

    detector = as_detector(Theirs())
    found = detector(outrack.Frame(np.zeros((48, 64, 3), np.uint8), 0, 0.0))
    assert found.scores.tolist() == [1]
    detector.reset()
    as_detector(boxes).reset()
    assert calls == ["reset"]


def test_what_a_function_returned_is_refused_with_its_frame(caplog: pytest.LogCaptureFixture) -> None:
    frame = outrack.Frame(np.zeros((48, 64, 3), np.uint8), 6, 0.6)
    with pytest.raises(TypeError, match=r"^the detector's result for frame 7: .*NoneType. .* give an empty list$"):
        as_detector(lambda frame: None)(frame)
    with pytest.raises(ValueError, match=r"^the detector's result for frame 7: .*shape \(1, 3\)"):
        as_detector(lambda frame: [[1, 2, 3]])(frame)
    with pytest.raises(
        ValueError, match=r"^the detector's result for frame 7: detection 0 has x2 < x1 .*\[50.0, 1.0, 20"
    ):
        as_detector(lambda frame: [[50, 1, 20, 40]])(frame)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        as_detector(lambda frame: 1 / 0)(frame)
    fractions = as_detector(lambda frame: [[0.1, 0.2, 0.3, 0.9, 0.8]])
    assert [len(fractions(frame)) for _ in range(2)] == [1, 1]
    assert caplog.text.count("boxes in frame 7 lie within two pixels, such as [0.1, 0.2, 0.3, 0.9]") == 1
    beside = as_detector(lambda frame: [[-9, 0, 20, 70, 0.8], [20, 60, 40, 90, 0.8]])  # 64x48 is the picture
    assert [len(beside(frame)) for _ in range(2)] == [2, 2]
    assert caplog.text.count("box [20.0, 60.0, 40.0, 90.0] in frame 7 lies beside the picture (64x48)") == 1


def test_a_function_may_have_the_info_of_the_network_behind_it() -> None:
    network = outrack.load_detector()

    def lower_half(frame: outrack.Frame) -> outrack.Detections:
        found = network(frame)
        return found[found.xyxy[:, 3] > frame.pixels.shape[0] / 2]

    lower_half.info = network.info  # type: ignore[attr-defined]
    detector = as_detector(lower_half)
    assert detector.info.score_threshold == network.info.score_threshold
    assert detector.info.network is not None and not detector.info.resizable
    detector.reset()


def test_our_own_detectors_are_not_wrapped() -> None:
    detector = outrack.load_detector()
    assert as_detector(detector) is as_detector(detector, "bundled") is detector


def test_the_bundled_appearance_serves_the_boxes_of_any_detector(appearance: Appearance) -> None:
    detector = outrack.load_detector()
    with outrack.open_source(CLIP, max_frames=1) as source:
        frame = next(iter(source))
    known = detector(frame)
    sure = known[known.scores > 0.5]
    assert len(sure)
    xyxy = np.concatenate([sure.xyxy + 1.0, [[0, 0, 9, 9]]])
    embeddings = appearance(frame, xyxy)
    assert embeddings.shape == (len(sure) + 1, appearance.dim)
    assert not embeddings[-1].any()  # no person there
    assert sure.embeddings is not None
    assert np.einsum("nd,nd->n", embeddings[:-1], sure.embeddings) == pytest.approx(1, abs=1e-4)
    given = as_detector(lambda frame: xyxy, appearance)(frame)
    assert given.embeddings is not None and np.allclose(given.embeddings, embeddings)
    assert appearance.on(frame, given) is given
    assert appearance(frame, np.empty((0, 4))).shape == (0, appearance.dim)


def test_each_box_takes_the_embedding_of_one_detection() -> None:
    found = outrack.Detections([[0, 0, 10, 10], [20, 0, 30, 10]], [0.9, 0.8], embeddings=np.eye(2))
    given = np.array([[1.0, 0, 10, 10], [0, 0, 10, 11], [20, 0, 30, 11], [50, 0, 60, 10]])
    rows = embeddings_at(given, found, dim=2, missing=0.0)
    assert rows.tolist() in ([[0, 0], [1, 0], [0, 1], [0, 0]], [[1, 0], [0, 0], [0, 1], [0, 0]])


def test_wrong_arguments_say_what_is_expected() -> None:
    with pytest.raises(TypeError, match=r'appearance: expected "bundled" or an outrack.Appearance'):
        outrack.track(CLIP, detector=boxes, appearance="own")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"expected a function of a frame, or .*got str"):
        outrack.track(CLIP, detector="yolo.onnx")  # type: ignore[call-overload]
    with pytest.raises(FileNotFoundError, match=r"nowhere\.onnx"):
        Appearance("nowhere.onnx")
    with pytest.raises(ValueError, match=r"detection 0: expected .*bbox"):
        outrack.track(CLIP, (), detector=lambda frame: [{"box": 1}], max_frames=1)


def test_appearance_takes_boxes_of_any_kind(appearance: Appearance) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 320, 3), np.uint8)
    found = appearance.on(pixels, [[100, 40, 160, 180, 0.9]])
    assert found.embeddings is not None and found.embeddings.shape == (1, appearance.dim)
    assert appearance.on(pixels, found) is found
