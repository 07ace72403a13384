"""Settings in groups: dotted names, and the keywords of the release before."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from outrack.tracking import AppearanceSettings, OverlapSettings, Tracker, TrackerConfig
from outrack.tracking.dotted_names import flat_values
from outrack.tracking.keywords import RENAMED


def test_few_settings_are_outside_groups() -> None:
    assert len(fields(TrackerConfig)) < 20


def test_presets_are_trackers_by_name() -> None:
    assert TrackerConfig.preset("default") == TrackerConfig()
    assert TrackerConfig.preset("default", refind="off") == TrackerConfig(refind="off")
    assert TrackerConfig.preset("fairmot", frame_rate=25) == TrackerConfig.fairmot(frame_rate=25)
    assert TrackerConfig.preset("centertrack", refind="paper") == TrackerConfig.centertrack(refind="paper")
    with pytest.raises(ValueError, match="preset: expected default, fairmot, centertrack, got 'sort'"):
        TrackerConfig.preset("sort")  # type: ignore[arg-type]


def test_tuning_the_defaults_leaves_the_constants_of_the_baselines() -> None:
    """The numbers of notes#fairmot-tracking and of paper Sec. 3.2.2, whatever the defaults are."""
    fairmot, centertrack = flat_values(TrackerConfig.fairmot()), flat_values(TrackerConfig.centertrack())
    constants = {
        "high_score": 0.4,
        "low_score": 0.4,
        "start_score": 0.4,
        "max_lost_s": 1.0,
        "starts.shown": "confirmed",
        "starts.confirm_limit": 0.7,
        "motion.position_noise": 1 / 20,
        "motion.velocity_noise": 1 / 160,
        "motion.start_position_factor": 2,
        "motion.start_velocity_factor": 10,
        "motion.aspect_noise": 1e-2,
        "motion.aspect_velocity_noise": 1e-5,
        "motion.measured_aspect_noise": 1e-1,
        "appearance.limit": 0.4,
        "appearance.motion_weight": 0.02,
        "appearance.gate": 9.4877,
        "appearance.momentum": 0.9,
        "overlap.limit": 0.5,
        "overlap.duplicate_iou": 0.85,
        "refinding.points.threshold": 0.7,
        "refinding.points.sigma": 1 / 3,
        "refinding.official.num_frames": 2,
        "still.sure_score": 0.0,
    }
    assert {name: fairmot[name] for name in constants} == constants
    shared = ("high_score", "start_score", "refinding.points.threshold", "refinding.points.sigma", "still.sure_score")
    assert {name: centertrack[name] for name in shared} == {name: constants[name] for name in shared}


def test_one_score_stays_one_and_two_stay_two() -> None:
    one, two = TrackerConfig.fairmot().starting_at(0.6), TrackerConfig().starting_at(0.6)
    assert (one.low_score, one.high_score, one.start_score) == (0.6, 0.6, 0.6)
    assert (two.low_score, two.high_score, two.start_score) == (0.1, 0.6, 0.6)


def test_dotted_names_change_single_settings_of_a_group() -> None:
    config = TrackerConfig.fairmot()
    changed = config.with_values({"max_lost_s": 5, "overlap.margin": 0.1, "refinding.points.threshold": 0.5})
    assert (changed.max_lost_s, changed.overlap.margin, changed.refinding.points.threshold) == (5, 0.1, 0.5)
    assert changed.overlap == replace(config.overlap, margin=0.1)
    assert config == TrackerConfig.fairmot()


def test_a_group_may_be_given_as_a_whole() -> None:
    overlap = OverlapSettings(margin=0.1)
    assert TrackerConfig.fairmot().with_values({"overlap": overlap}).overlap == overlap
    both = TrackerConfig.fairmot().with_values({"overlap.limit": 0.6, "overlap": overlap})
    assert both.overlap == replace(overlap, limit=0.6)


def test_a_number_is_not_a_group() -> None:
    with pytest.raises(
        TypeError, match=r"overlap: expected OverlapSettings, got 0.3; pass single settings as overlap\.NAME"
    ):
        Tracker(overlap=0.3)  # type: ignore[arg-type]


def test_flat_values_are_all_that_a_config_is() -> None:
    config = TrackerConfig.centertrack(refind="paper")
    values = flat_values(config)
    assert values["refinding.window_s"] == 1.0
    assert TrackerConfig().with_values(values) == config


@pytest.mark.parametrize(
    ("name", "near"),
    [("overlap.margins", "overlap.margin"), ("appearence.limit", "appearance.limit"), ("framerate", "frame_rate")],
)
def test_a_wrong_dotted_name_gets_the_nearest_one(name: str, near: str) -> None:
    with pytest.raises(TypeError, match=f"no setting '{name}'; did you mean '{near}'"):
        TrackerConfig().with_values({name: 1})


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(TypeError, match=r"no setting 'fps'; there are frame_rate, .*, overlap, "):
        TrackerConfig().with_values({"fps": 25})


@pytest.mark.parametrize("value", ["25", None, [25]])
def test_a_setting_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"TrackerConfig.frame_rate must be a number, got "):
        TrackerConfig().with_values({"frame_rate": value})


def test_single_values_have_no_settings() -> None:
    with pytest.raises(TypeError, match=r"no setting 'frame_rate\.x'"):
        TrackerConfig().with_values({"frame_rate.x": 1})


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_old_keywords_still_work(old: str, new: str) -> None:
    value = flat_values(TrackerConfig.fairmot())[new]
    with pytest.warns(DeprecationWarning, match=rf"{old} is now {new}: write .*with_values"):
        tracker = Tracker(**{old: value})  # type: ignore[misc]
    assert tracker.config == TrackerConfig().with_values({new: value})


def test_the_rule_that_became_an_argument_is_named() -> None:
    with pytest.raises(TypeError, match=r"birth_rule was removed: .* tracker.update\(detections, public=boxes\)"):
        Tracker(birth_rule=len)  # type: ignore[call-arg]


def test_a_warning_names_the_line_that_has_to_change() -> None:
    with pytest.warns(DeprecationWarning) as warned:
        Tracker(appearance_limit=0.3)  # type: ignore[call-arg]
    assert warned[0].filename == __file__
    assert Tracker(appearance=AppearanceSettings(limit=0.3)).config.appearance.limit == 0.3


@pytest.mark.parametrize("classes", ["person", 0, (0.5,), ("person",)])
def test_classes_are_whole_numbers(classes: object) -> None:
    with pytest.raises(TypeError, match=r"TrackerConfig\.classes must be whole numbers such as \(0, 2\)"):
        Tracker(classes=classes)  # type: ignore[arg-type]  # the point of this test


def test_an_infinite_rate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"frame_rate must be between 1e-09 and 1e\+09, got inf"):
        Tracker(frame_rate=float("inf"))
