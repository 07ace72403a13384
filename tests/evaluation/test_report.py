"""Reports that are read back give the same numbers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from rich.console import Console

from outrack.evaluation import Evaluation, LabelledSequence, SequenceResults, evaluate_sequences
from outrack.evaluation.mot import num_parts
from outrack.evaluation.report import as_csv, as_json, as_markdown, terminal_tables, write_report
from outrack.evaluation.visibility import VisibilityScores, score_by_visibility
from outrack.io.origin import versions

Found = tuple[Evaluation, VisibilityScores]


@pytest.fixture
def pairs() -> list[tuple[LabelledSequence, SequenceResults]]:
    """One person in two sequences of 4 frames, missed once, seen half in the first frames; one box was refound."""
    frames, boxes = np.arange(1, 5), np.tile([0.0, 0, 20, 40], (4, 1))
    ones = np.ones(4, np.int64)
    return [
        (
            LabelledSequence(name, 4, frames, ones, boxes, ones == 1, ones, np.array([0.5, 0.5, 1, 1])),
            SequenceResults(frames[:3], ones[:3], boxes[:3], np.array([0, 1, 0])),
        )
        for name in ("MOT17-02", "MOT17-04")
    ]


@pytest.fixture
def found(pairs: list[tuple[LabelledSequence, SequenceResults]]) -> Found:
    return evaluate_sequences(pairs), score_by_visibility(pairs)


@pytest.mark.parametrize("protocol", ["trackeval", "fairmot"])
def test_every_part_of_the_work_is_reported(
    pairs: list[tuple[LabelledSequence, SequenceResults]], protocol: Literal["trackeval", "fairmot"]
) -> None:
    done: list[int] = []
    evaluate_sequences(pairs, protocol=protocol, on_part=lambda: done.append(1))
    assert len(done) == num_parts(len(pairs), protocol) > 2 * len(pairs)


def test_json_holds_everything(found: Found) -> None:
    content = json.loads(as_json(*found))
    assert content["made_by"] == versions()
    assert (content["benchmark"], content["half"], content["protocol"]) == ("mot17", "full", "trackeval")
    assert content["sequences"].keys() == {"MOT17-02", "MOT17-04"}
    assert (content["combined"]["fn"], content["combined"]["mota"]) == (2, 75)
    assert content["visibility"][3]["num_boxes"] == 4 and content["visibility"][4]["recall"] == 50
    assert content["states"] == [
        {"state": "detected", "num_boxes": 4, "right": 100, "right_identity": 100},
        {"state": "refound", "num_boxes": 2, "right": 100, "right_identity": 100},
    ]
    assert "visibility" not in json.loads(as_json(found[0]))


def test_csv_is_one_table(found: Found) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(*found))))
    assert [row["sequence"] for row in rows] == ["MOT17-02", "MOT17-04", "all"]
    assert [row["fn"] for row in rows] == ["1", "1", "2"]
    assert (rows[2]["recall_0.7_1"], rows[2]["refound_right"], rows[0]["refound_right"]) == ("50.0", "100.0", "")
    assert float(rows[2]["hota"]) == found[0].combined.hota


def test_markdown_and_terminal_show_all_names_and_rows(found: Found) -> None:
    text = as_markdown(*found)
    assert "| all | 75.00 | 75.00 | 75.00 | 75.00 | 100.00 |" in text
    assert "| 0.7 - 1 | 4 | 50.00 | 50.00 | 0 |" in text and "| refound | 2 | 100.00 | 100.00 |" in text
    assert text.endswith("mot17, all frames, counted as trackeval does.\n")
    assert "Visibility" not in as_markdown(found[0])

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(terminal_tables(*found))
    shown = console.export_text()
    for word in ("HOTA", "DetA", "AssA", "IDF1", "Precision", "IDSW", "Frag", "MOT17-04", "all", "refound", "75.00"):
        assert word in shown
    assert "…" not in shown and max(map(len, shown.splitlines())) <= 80


def test_reports_are_written_by_suffix(found: Found, tmp_path: Path) -> None:
    for suffix, text in ((".json", as_json(*found)), (".csv", as_csv(*found)), (".md", as_markdown(*found))):
        write_report(tmp_path / "new" / f"scores{suffix}", *found)
        assert (tmp_path / "new" / f"scores{suffix}").read_text() == text
    with pytest.raises(ValueError, match=r"scores.xls: expected a report to end in .json, .csv, .md, got '.xls'"):
        write_report(tmp_path / "scores.xls", *found)
