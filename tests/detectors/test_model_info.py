from __future__ import annotations

import pytest

from outrack.detectors import ModelInfo

INFO = ModelInfo(name="n", size=(640, 384), classes=("person", "rider"), embedding_dim=64, trained_on="a", licence="b")


def test_it_survives_the_file():
    assert ModelInfo.from_metadata(INFO.to_metadata()) == INFO


def test_earlier_files_have_no_margin_and_no_second_run():
    later = ("outrack.margin", "outrack.close_share")
    info = ModelInfo.from_metadata({key: value for key, value in INFO.to_metadata().items() if key not in later})
    assert (info.margin, info.close_share) == (0, 0.0)


def test_foreign_keys_and_fields_of_later_versions_are_skipped():
    assert ModelInfo.from_metadata({**INFO.to_metadata(), "author": "x", "outrack.colour": '"red"'}) == INFO


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outrack.format": "2"}, "its format is 2"),
        ({"outrack.size": "[640"}, "damaged"),
        ({"outrack.size": "[640, 380]"}, "multiples of 32"),
        ({"outrack.size": "[640, 384.0]"}, "multiples of 32"),
        ({"outrack.size": '"ab"'}, "size: expected a list"),
        ({"outrack.size": "[1000000000, 1000000000]"}, "up to 8192"),
        ({"outrack.size": "[" * 100_000}, "nested too deeply"),
        ({"outrack.stride": "0"}, "stride: expected a number from 1 to 64, got 0"),
        ({"outrack.stride": "true"}, "stride"),
        ({"outrack.close_share": "1.0"}, "close_share: expected a share from 0 to below 1, got 1.0"),
        ({"outrack.margin": "48"}, "margin: expected a number from 0 to 32, got 48"),
        ({"outrack.embedding_dim": "1e400"}, "embedding_dim"),
        ({"outrack.embedding_dim": "9" * 5000}, "damaged"),
        ({"outrack.classes": '"person"'}, "classes: expected a list"),
        ({"outrack.classes": "[]"}, "at least one"),
        ({"outrack.classes": "[null]"}, "classes.0: expected a text"),
        ({"outrack.name": "[]"}, "name: expected a text"),
        ({"outrack.score_threshold": "NaN"}, "score_threshold"),
        ({"outrack.sure_score": "[]"}, "sure_score"),
    ],
)
def test_mismatching_values_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        ModelInfo.from_metadata({**INFO.to_metadata(), **change})


def test_metadata_of_others_are_refused():
    with pytest.raises(ValueError, match="no outrack metadata"):
        ModelInfo.from_metadata({"author": "x"})


@pytest.mark.parametrize("name", ["score_threshold", "low_score", "sure_score", "occlusion_threshold"])
@pytest.mark.parametrize("score", [40, -0.1])
def test_thresholds_are_scores(name: str, score: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected a score from 0 to below 1, got {score}"):
        ModelInfo(name="n", size=(640, 384), **{name: score})


def test_classes_are_requested_by_name_or_number() -> None:
    assert INFO.class_ids(["rider", "0", 1]) == [1, 0, 1]
    assert INFO.class_ids("rider") == INFO.class_ids(1) == [1]  # not the classes r, i, d, e and r
    for wrong in ("car", "2", -1):
        with pytest.raises(ValueError, match=r"has no class .*; its classes are person \(0\), rider \(1\)"):
            INFO.class_ids([wrong])
