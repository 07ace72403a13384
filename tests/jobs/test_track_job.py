"""How the options of `outrack track` become a tracker's settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import CenterTrackDetector, ModelInfo, default_weights, load_detector
from outrack.jobs.batch import at_once
from outrack.jobs.progress import SilentProgress
from outrack.jobs.track_job import TrackJob
from outrack.structures import Frame
from outrack.tracking import StartSettings, StillSettings, TrackerConfig


def silent(name: str, num_frames: int | None) -> SilentProgress:
    return SilentProgress()


JOB = TrackJob(
    source="street.mp4",
    name="street",
    output=(),
    overwrite=False,
    show=False,
    show_trails=False,
    show_boxes=True,
    show_occlusion=False,
    save_crops=None,
    min_length=0.0,
    online=False,
    summary=None,
    state=None,
    weights=None,
    device="cpu",
    conf=None,
    imgsz=None,
    classes=(),
    speed="auto",
    detections=None,
    public=None,
    stride=1,
    max_frames=None,
    image_rate=25.0,
    reconnect_for=None,
    camera_motion="off",
    tracker=TrackerConfig(),
    tracker_preset=None,
    tracker_given=frozenset(),
)


def asked(**settings: object) -> TrackJob:
    """`JOB` with these `--tracker.*` options."""
    return replace(JOB, tracker=TrackerConfig().with_values(settings), tracker_given=frozenset(settings))


@pytest.mark.parametrize(
    ("job", "low", "high"),
    [
        (JOB, 0.3, 0.5),  # the bundled network's own threshold
        (replace(JOB, conf=0.6), 0.3, 0.6),
        (replace(JOB, conf=0.05), 0.05, 0.05),
        (replace(asked(high_score=0.3), conf=0.6), 0.3, 0.3),  # said outright
        (replace(asked(high_score=0.4), conf=0.6), 0.3, 0.4),  # said outright, though it is the default
    ],
)
def test_thresholds_follow_conf_and_the_network(job: TrackJob, low: float, high: float) -> None:
    config = job._tracker_config(job._detector(), source_rate=12.5)
    assert (config.low_score, config.high_score) == (low, high)
    assert config.frame_rate == 12.5


def test_the_detector_gives_what_may_keep_a_track_alive() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    everything = load_detector(min_score=0.0)(Frame(noise, 0, 0.0)).scores
    kept = JOB._detector()(Frame(noise, 0, 0.0)).scores
    assert kept.tolist() == everything[everything >= 0.1].tolist()


def test_a_frame_rate_that_was_given_holds() -> None:
    assert asked(frame_rate=30.0)._tracker_config(JOB._detector(), source_rate=12.5).frame_rate == 30


def finds_none(inputs: object) -> dict[str, np.ndarray]:
    return {"boxes": np.empty((1, 0, 4)), "scores": np.empty((1, 0)), "displacements": np.empty((1, 0, 2))}


CENTERTRACK = CenterTrackDetector(finds_none, ModelInfo(name="centertrack", size=(128, 96), score_threshold=0.3))


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (JOB, TrackerConfig.centertrack()),
        (asked(refind="paper"), TrackerConfig.centertrack(refind="paper")),
        (asked(starts=StartSettings()), replace(TrackerConfig.centertrack(), starts=StartSettings())),
        (asked(association="appearance"), TrackerConfig()),
    ],
)
def test_a_centertrack_network_is_tracked_as_centertrack_does(job: TrackJob, expected: TrackerConfig) -> None:
    config = job._tracker_config(CENTERTRACK, source_rate=25)
    low = min(expected.low_score, 0.3)
    assert config == replace(expected, frame_rate=25, low_score=low, high_score=0.3, start_score=0.3)


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (replace(JOB, tracker_preset="fairmot"), TrackerConfig.fairmot()),
        (replace(JOB, tracker_preset="centertrack"), TrackerConfig.centertrack()),
        (replace(JOB, tracker_preset="default"), TrackerConfig()),
        (replace(asked(refind="paper"), tracker_preset="centertrack"), TrackerConfig.centertrack(refind="paper")),
        (
            replace(asked(**{"overlap.limit": 0.9}), tracker_preset="fairmot"),
            TrackerConfig.fairmot().with_values({"overlap.limit": 0.9}),  # said outright, though it is the default
        ),
    ],
)
def test_a_preset_replaces_what_suits_the_network(job: TrackJob, expected: TrackerConfig) -> None:
    config = job._tracker_config(CENTERTRACK, source_rate=25)
    low = 0.3 if expected.low_score == 0.4 else 0.1  # a baseline has one score
    assert config == replace(expected, frame_rate=25, low_score=low, high_score=0.3, start_score=0.3)


def test_a_centertrack_network_that_predicts_occlusions_refinds_by_them() -> None:
    network = CenterTrackDetector(finds_none, ModelInfo(name="otrackct", size=(128, 96), occlusions=True))
    assert JOB._tracker_config(network, source_rate=25).refind == "paper"


def test_other_networks_and_files_keep_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,0,0,10,30,0.9\n")
    from_file = replace(JOB, detections=tmp_path / "det.txt")
    of_the_file = TrackerConfig(low_score=0.3, high_score=0.5, start_score=0.5, still=StillSettings(sure_score=0.65))
    for job, expected in ((JOB, of_the_file), (from_file, TrackerConfig())):
        assert job._tracker_config(job._detector(), source_rate=30.0) == expected


def test_classes_are_those_of_the_network() -> None:
    detector = replace(JOB, classes=("person",))._detector()
    assert len(detector(Frame(np.zeros((96, 96, 3), np.uint8), 0, 0.0))) == 0
    with pytest.raises(ValueError, match=r"mobile-outrack has no class 'car'; its classes are person \(0\)"):
        replace(JOB, classes=("person", "car"))._detector()


@pytest.mark.parametrize("torch_is_there", [True, False])
def test_without_occlusion_points_the_way_to_get_them_is_explained(
    torch_is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outrack.jobs.track_job.find_spec", lambda name: object() if torch_is_there else None)
    with pytest.raises(ValueError, match=r"outrack export default -o with-occlusions\.onnx") as caught:
        replace(JOB, show_occlusion=True).run(silent)
    assert ('pip install "outrack[train]"' in str(caught.value)) == (not torch_is_there)
    assert "`--weights open` does" in str(caught.value)
    assert "`outrack track street.mp4 --weights with-occlusions.onnx --show-occlusion`" in str(caught.value)


def test_a_file_of_ones_own_without_occlusion_points_is_named() -> None:
    job = replace(JOB, show_occlusion=True, weights=default_weights())
    with pytest.raises(ValueError, match=r"default\.onnx predicts no occlusion points\. Export it again"):
        job.run(silent)


def test_live_sources_run_at_once_and_first(caplog: pytest.LogCaptureFixture) -> None:
    jobs = [replace(JOB, source=source) for source in ("a.mp4", "rtsp://x/1", "b.mp4", "0")]
    order = [job.source for job in at_once(jobs, None)[0]]
    assert (order, at_once(jobs, None)[1]) == (["rtsp://x/1", "0", "a.mp4", "b.mp4"], 3)
    recordings = [replace(JOB, source=f"https://x/{n}.mp4?token=1") for n in range(9)]
    assert at_once(recordings, None)[1] == 1  # as many as there are would all be fetched at once
    assert at_once(jobs[:1], None)[1] == at_once(jobs[1:2], None)[1] == 1
    assert caplog.text == ""
    assert at_once(jobs, 1)[1] == 1
    assert "2 cameras or streams, but --jobs 1 tracks only 1 at the same time" in caplog.text
